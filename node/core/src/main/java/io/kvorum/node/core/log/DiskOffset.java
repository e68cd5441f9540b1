package io.kvorum.node.core.log;

/// A place in the log's files: everything in an earlier segment lies before it.
record DiskOffset(long segment, int offset) implements Comparable<DiskOffset> {

  @Override
  public int compareTo(DiskOffset other) {
    int bySegment = Long.compare(segment, other.segment);
    return bySegment != 0 ? bySegment : Integer.compare(offset, other.offset);
  }

  boolean isBehind(DiskOffset other) {
    return compareTo(other) > 0;
  }
}
