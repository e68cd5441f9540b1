package io.kvorum.node.core.log;

/// Sizes of the log.
///
/// @param segmentBytes the size of a prepared or recycled segment file
/// @param firstSegmentBytes the size of a segment that is needed before a prepared one is ready:
///   small, so that a fresh member's first write does not wait for zeroes
/// @param spareSegments how many recycled segments wait for reuse at most
/// @param recentBytes how many bytes of the newest entries stay in memory
public record LogOptions(
    int segmentBytes, int firstSegmentBytes, int spareSegments, long recentBytes) {

  private static final int MIN_SEGMENT_BYTES = 1024;
  private static final int MAX_SEGMENT_BYTES = 1 << 30;

  /// Consensus keeps the newest entries in memory by itself; what stays here besides is for readers
  /// that come right after the sync.
  public static final LogOptions DEFAULT = new LogOptions(64 << 20, 1 << 20, 2, 1 << 20);

  public LogOptions {
    if (segmentBytes < MIN_SEGMENT_BYTES || segmentBytes > MAX_SEGMENT_BYTES) {
      throw new IllegalArgumentException(
          "segmentBytes is %d; it must lie between %d and %d"
              .formatted(segmentBytes, MIN_SEGMENT_BYTES, MAX_SEGMENT_BYTES));
    }
    if (firstSegmentBytes < MIN_SEGMENT_BYTES || firstSegmentBytes > segmentBytes) {
      throw new IllegalArgumentException(
          "firstSegmentBytes is %d; it must lie between %d and segmentBytes (%d)"
              .formatted(firstSegmentBytes, MIN_SEGMENT_BYTES, segmentBytes));
    }
    if (spareSegments < 0 || recentBytes < 0) {
      throw new IllegalArgumentException("spareSegments and recentBytes must not be negative");
    }
  }
}
