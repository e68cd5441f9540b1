package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.KvStore.Space;
import org.jspecify.annotations.Nullable;

/// An entry of which a part is written: it changes more than one write to the store may hold.
///
/// The row is written with each part and goes with the last one. Whoever opens the store finishes
/// the entry before anybody reads: it is committed, all that it does follows from the state before
/// it, which history still shows, and what is left of it from the keys that are still there.
///
/// @param operation which of its operations is under way, those nested in transactions counted one
///   by one; all before it are done
/// @param sub the number of changes made so far
/// @param data the command, as it stands in the log
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Unfinished(long index, long term, int operation, int sub, byte[] data) {

  private static final byte[] KEY = Rows.meta('w', Rows.NOTHING);
  private static final int FORMAT = 1;
  private static final int FIXED_BYTES = 25;

  static @Nullable Unfinished read(KvStore.Reader reader) {
    byte[] row = reader.get(Space.META, KEY);
    if (row == null) {
      return null;
    }
    var fields = new ByteReader(row);
    int format = fields.u8();
    Invariant.check(format == FORMAT, "the unfinished entry has a known format", format, FORMAT);
    return new Unfinished(
        fields.i64(), fields.i64(), fields.i32(), fields.i32(), fields.rest().array());
  }

  void write(KvStore.Batch batch) {
    var row = new ByteWriter(FIXED_BYTES + data.length).u8(FORMAT).i64(index).i64(term);
    batch.put(Space.META, KEY, row.i32(operation).i32(sub).raw(data).toArray());
  }

  static void delete(KvStore.Batch batch) {
    batch.delete(Space.META, KEY);
  }
}
