package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.KvStore.Space;

/// The numbers of the state machine behind some entry. They are one row, written with every batch.
///
/// Invariant: `compactRevision <= revision`; neither ever moves back, nor does the feature level.
///
/// @param bytesAdded the cost of all versions ever written, see `Rows.cost`
record State(
    long appliedIndex,
    long appliedTerm,
    long revision,
    long compactRevision,
    int featureLevel,
    long bytesAdded) {

  /// A new store: the first write makes revision 2, and every feature of level 1 is there.
  static final State INITIAL = new State(0, 0, 1, -1, 1, 0);

  private static final byte[] KEY = Rows.meta('s', Rows.NOTHING);
  private static final int FORMAT = 1;
  private static final int ROW_BYTES = 45;

  State {
    Invariant.check(
        compactRevision <= revision, "compacted up to current", compactRevision, revision);
  }

  static State read(KvStore.Reader reader) {
    byte[] row = reader.get(Space.META, KEY);
    return row == null ? INITIAL : decode(row);
  }

  /// What a restart would find.
  static State persisted(KvStore store) {
    byte[] row = store.getPersisted(Space.META, KEY);
    return row == null ? INITIAL : decode(row);
  }

  void write(KvStore.Batch batch) {
    var writer = new ByteWriter(ROW_BYTES);
    writer.u8(FORMAT).i64(appliedIndex).i64(appliedTerm).i64(revision).i64(compactRevision);
    batch.put(Space.META, KEY, writer.i32(featureLevel).i64(bytesAdded).toArray());
  }

  State applied(long index, long term) {
    return new State(index, term, revision, compactRevision, featureLevel, bytesAdded);
  }

  State atRevision(long newRevision) {
    return new State(
        appliedIndex, appliedTerm, newRevision, compactRevision, featureLevel, bytesAdded);
  }

  State compacted(long newCompactRevision) {
    return new State(
        appliedIndex, appliedTerm, revision, newCompactRevision, featureLevel, bytesAdded);
  }

  State atFeatureLevel(int level) {
    return new State(appliedIndex, appliedTerm, revision, compactRevision, level, bytesAdded);
  }

  State withBytesAdded(long bytes) {
    return new State(appliedIndex, appliedTerm, revision, compactRevision, featureLevel, bytes);
  }

  private static State decode(byte[] row) {
    var reader = new ByteReader(row);
    int format = reader.u8();
    Invariant.check(format == FORMAT, "the state row has a known format", format, FORMAT);
    var state =
        new State(
            reader.i64(), reader.i64(), reader.i64(), reader.i64(), reader.i32(), reader.i64());
    reader.end();
    return state;
  }
}
