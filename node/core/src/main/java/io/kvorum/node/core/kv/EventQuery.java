package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;

/// Asks for history: the events of `[fromRevision, toRevision]` whose keys are wanted.
///
/// A page ends, at a revision's border, once it holds `maxEvents` or `maxBytes`, or once `maxRows`
/// of history have been looked at; a single revision is never split, however big. Without
/// `previousWanted` the events come without their previous versions.
public record EventQuery(
    long fromRevision, long toRevision, KeyFilter keys, Bounds bounds, boolean previousWanted) {

  /// How much a page may hold, and how far the search for it may go.
  public record Bounds(int maxEvents, long maxBytes, int maxRows) {

    public static final Bounds DEFAULT = new Bounds(1_000, 4 << 20, 10_000);

    public Bounds {
      Invariant.check(
          maxEvents > 0 && maxBytes > 0 && maxRows > 0, "page bounds are positive", this);
    }
  }
}
