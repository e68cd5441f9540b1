package io.kvorum.node.core.log;

/// One open segment. Its mutable fields belong to the log's monitor.
final class Segment {

  private static final String SUFFIX = ".log";
  private static final int NAME_DIGITS = 16;

  final long number;
  final SegmentFile file;

  /// The first entry that stands in this segment or would, were it not replaced in a later one. Up
  /// to the first entry of the next segment, all that is needed of the log lies here or behind.
  long firstIndex;

  /// How many readers are at work on the file; it is not reused before they are done.
  int readers;

  Segment(long number, SegmentFile file, long firstIndex) {
    this.number = number;
    this.file = file;
    this.firstIndex = firstIndex;
  }

  static String name(long number) {
    return "%016x".formatted(number) + SUFFIX;
  }

  static boolean isName(String name) {
    return name.length() == NAME_DIGITS + SUFFIX.length()
        && name.endsWith(SUFFIX)
        && name.substring(0, NAME_DIGITS).chars().allMatch(c -> Character.digit(c, 16) >= 0);
  }

  static long number(String name) {
    return Long.parseLong(name.substring(0, NAME_DIGITS), 16);
  }
}
