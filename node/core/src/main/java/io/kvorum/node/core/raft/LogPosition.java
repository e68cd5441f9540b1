package io.kvorum.node.core.raft;

/// A place in the log together with the term of the entry that stands there.
///
/// Ordered by how up to date a log is that ends there: a higher term wins, then a higher index.
public record LogPosition(long term, long index) implements Comparable<LogPosition> {
  /// Before the first entry.
  public static final LogPosition ZERO = new LogPosition(0, 0);

  @Override
  public int compareTo(LogPosition other) {
    int byTerm = Long.compare(term, other.term);
    return byTerm != 0 ? byTerm : Long.compare(index, other.index);
  }

  @Override
  public String toString() {
    return term + "/" + index;
  }
}
