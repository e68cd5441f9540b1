package io.kvorum.node.core.kv;

import io.kvorum.node.core.kv.KvStore.Space;
import org.jspecify.annotations.Nullable;

/// The keys that exist at the current revision of what is read.
record PresentKeys(KvStore.Reader reader, KeyCounts counts) implements Keyspace {

  @Override
  public @Nullable Stored get(Bytes key) {
    byte[] row = reader.get(Space.LIVE, key.array());
    return row == null ? null : Rows.live(row);
  }

  @Override
  public KeyWalk walk(KeyRange range) {
    Bytes end = range.end();
    return new LiveWalk(
        reader.cursor(Space.LIVE, range.start().array(), end == null ? null : end.array()));
  }

  @Override
  public long count(KeyRange range) {
    return counts.count(range, part -> KeyWalk.count(this, part));
  }

  private record LiveWalk(KvStore.Cursor cursor) implements KeyWalk {

    @Override
    public boolean next() {
      return cursor.next();
    }

    @Override
    public Bytes key() {
      return Bytes.wrap(cursor.key());
    }

    @Override
    public Stored stored() {
      return Rows.live(cursor.value());
    }

    @Override
    public void close() {
      cursor.close();
    }
  }
}
