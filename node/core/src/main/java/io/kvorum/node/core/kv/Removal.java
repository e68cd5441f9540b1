package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.KvStore.Space;

/// How far the physical removal of compacted versions has come.
///
/// Up to `finished` all is removed. A pass towards `target` is under way while the two differ; the
/// next change it looks at is `(main, sub)`.
///
/// @param bytes the cost of all versions ever removed, see `Rows.cost`
record Removal(long finished, long target, long main, int sub, long bytes) {

  private static final Removal INITIAL = new Removal(-1, -1, 0, 0, 0);
  private static final byte[] KEY = Rows.meta('c', Rows.NOTHING);
  private static final int FORMAT = 1;
  private static final int ROW_BYTES = 37;

  static Removal read(KvStore.Reader reader) {
    byte[] row = reader.get(Space.META, KEY);
    if (row == null) {
      return INITIAL;
    }
    var fields = new ByteReader(row);
    int format = fields.u8();
    Invariant.check(format == FORMAT, "the removal row has a known format", format, FORMAT);
    var removal = new Removal(fields.i64(), fields.i64(), fields.i64(), fields.i32(), fields.i64());
    fields.end();
    return removal;
  }

  void write(KvStore.Batch batch) {
    var writer = new ByteWriter(ROW_BYTES);
    writer.u8(FORMAT).i64(finished).i64(target).i64(main).i32(sub).i64(bytes);
    batch.put(Space.META, KEY, writer.toArray());
  }

  boolean isUnderWay() {
    return target > finished;
  }

  /// Starts a pass. It looks at the last finished revision once more: tombstones there were kept
  /// for watches that start at it.
  Removal towards(long compactRevision) {
    return new Removal(finished, compactRevision, Math.max(finished, 0), 0, bytes);
  }

  Removal at(long nextMain, int nextSub, long removedBytes) {
    return new Removal(finished, target, nextMain, nextSub, bytes + removedBytes);
  }

  Removal done(long removedBytes) {
    return new Removal(target, target, target, 0, bytes + removedBytes);
  }
}
