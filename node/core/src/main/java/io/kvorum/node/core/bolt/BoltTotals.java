package io.kvorum.node.core.bolt;

/// How much a bucket holds. It is known before the first row is written, and does not depend on the
/// order in which rows are counted.
///
/// @param rows how many
/// @param bytes of all keys and values
/// @param longestKey the bytes of the longest key, or more
/// @param longestRow the bytes of the longest key and value together, or more
public record BoltTotals(long rows, long bytes, int longestKey, long longestRow) {

  public static final BoltTotals NONE = new BoltTotals(0, 0, 0, 0);

  /// With one row more.
  public BoltTotals plus(int keyBytes, int valueBytes) {
    long row = (long) keyBytes + valueBytes;
    return new BoltTotals(
        rows + 1, bytes + row, Math.max(longestKey, keyBytes), Math.max(longestRow, row));
  }
}
