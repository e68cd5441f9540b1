package io.kvorum.node.core.kv;

import io.kvorum.node.core.kv.KvStore.Space;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The checksum over all retained versions in the order of their revisions, over the same bytes as
/// etcd's HashKV: revision keys and serialized `mvccpb.KeyValue`s.
///
/// Of what lies at or below the compact revision only versions that are still visible at the hashed
/// revision count, and no tombstones: so members agree whether or not they have removed the rest by
/// now. When nothing is visible there, those count that the compaction keeps, as in etcd.
///
/// @param visibleAt the revision at which an old version must be visible
record HistoryHash(View view, long upTo, long visibleAt) {

  private static final byte[] BUCKET = "key".getBytes(StandardCharsets.US_ASCII);

  static int of(View view, long upTo) {
    boolean isPast = upTo < view.revision();
    boolean empty = isPast ? isEmpty(view.past(upTo)) : view.keys() == 0;
    return new HistoryHash(view, upTo, empty ? view.compactRevision() : upTo).compute();
  }

  private static boolean isEmpty(Keyspace keys) {
    try (KeyWalk walk = keys.walk(KeyRange.ALL)) {
      return !walk.next();
    }
  }

  private int compute() {
    var hash = new CRC32C();
    hash.update(BUCKET);
    List<HistoryRow> page = new ArrayList<>(KvStore.Reader.KEYS_AT_ONCE);
    byte[] to = Rows.historyKey(upTo + 1, 0);
    try (KvStore.Cursor history = view.reader().cursor(Space.HISTORY, Rows.NOTHING, to)) {
      while (history.next()) {
        page.add(Rows.history(history.key(), history.value()));
        if (page.size() == KvStore.Reader.KEYS_AT_ONCE) {
          add(hash, page);
          page.clear();
        }
      }
    }
    add(hash, page);
    return (int) hash.getValue();
  }

  private void add(CRC32C hash, List<HistoryRow> page) {
    List<byte[]> keys = page.stream().map(row -> row.key().array()).toList();
    List<byte @Nullable []> live = view.reader().multiGet(Space.LIVE, keys);
    for (int i = 0; i < page.size(); i++) {
      HistoryRow row = page.get(i);
      boolean compacted = row.main() <= view.compactRevision();
      if (row.kind() == HistoryRow.Kind.DELETE) {
        if (!compacted) {
          hash.update(revisionKey(row).u8('t').toArray());
          hash.update(new ByteWriter(row.key().length()).u8(0x0A).bytes(row.key()).toArray());
        }
        continue;
      }
      Stored stored = stored(row, live.get(i), compacted);
      if (stored != null) {
        hash.update(revisionKey(row).toArray());
        hash.update(serialized(stored.of(row.key())));
      }
    }
  }

  /// The version that the row wrote; null if a compaction has removed it or is going to.
  private @Nullable Stored stored(HistoryRow row, byte @Nullable [] liveRow, boolean compacted) {
    Stored live = liveRow == null ? null : Rows.live(liveRow);
    if (live != null && live.isAt(row.main(), row.sub())) {
      return live;
    }
    if (compacted) {
      Stored newest = view.past(visibleAt).get(row.key());
      return newest != null && newest.isAt(row.main(), row.sub()) ? newest : null;
    }
    byte[] version =
        view.reader().get(Space.VERSIONS, Rows.versionKey(row.key(), row.main(), row.sub()));
    return version == null ? null : Rows.version(version, row.main(), row.sub());
  }

  private static ByteWriter revisionKey(HistoryRow row) {
    return new ByteWriter(18).i64(row.main()).u8('_').i64(row.sub());
  }

  /// A `mvccpb.KeyValue`: fields in order, zero ones left out.
  private static byte[] serialized(KeyValue kv) {
    var writer = new ByteWriter(32 + kv.key().length() + kv.value().length());
    writer.u8(0x0A).bytes(kv.key());
    field(writer, 0x10, kv.createRevision());
    field(writer, 0x18, kv.modRevision());
    field(writer, 0x20, kv.version());
    if (!kv.value().isEmpty()) {
      writer.u8(0x2A).bytes(kv.value());
    }
    field(writer, 0x30, kv.lease());
    return writer.toArray();
  }

  private static void field(ByteWriter writer, int tag, long value) {
    if (value != 0) {
      writer.u8(tag).varint(value);
    }
  }
}
