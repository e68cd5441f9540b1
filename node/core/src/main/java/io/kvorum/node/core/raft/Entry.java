package io.kvorum.node.core.raft;

import java.util.Arrays;

/// One entry of the replicated log.
///
/// The bytes are immutable by convention: whoever makes an entry gives them away, and from then on
/// log, wire and state machine share them without a copy.
@SuppressWarnings(
    "ArrayRecordComponent") // equality is by content, below; copies would cost the hot path
public record Entry(long term, long index, EntryType type, byte[] data) {
  private static final byte[] NO_DATA = {};

  /// What an entry counts for against limits beside its data, about what it costs on disk and wire.
  private static final int OVERHEAD_BYTES = 24;

  /// A new leader's first entry.
  public static Entry empty(long term, long index) {
    return new Entry(term, index, EntryType.EMPTY, NO_DATA);
  }

  public LogPosition position() {
    return new LogPosition(term, index);
  }

  /// What this entry counts for against every limit in bytes.
  public int size() {
    return data.length + OVERHEAD_BYTES;
  }

  /// What an entry with this much data counts for.
  static int sizeOf(byte[] data) {
    return data.length + OVERHEAD_BYTES;
  }

  @Override
  public boolean equals(Object other) {
    return other
            instanceof Entry(long otherTerm, long otherIndex, EntryType otherType, byte[] otherData)
        && term == otherTerm
        && index == otherIndex
        && type == otherType
        && Arrays.equals(data, otherData);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(term) * 31 + Long.hashCode(index);
  }

  @Override
  public String toString() {
    return term + "/" + index + " " + type + " " + data.length + "B";
  }
}
