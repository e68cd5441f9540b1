package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;

/// Asks for history: the events from a place up to and with `toRevision` whose keys are wanted.
///
/// A page ends once it holds `maxEvents` or `maxBytes`, or once `maxRows` of history have been
/// looked at. It ends where a revision does; a revision that holds a few pages more than that is
/// still shown whole, a wider one only in parts, to who asks for them. Without `previousWanted` the
/// events come without their previous versions.
///
/// @param fromSub the change of `fromRevision` to begin with
/// @param inParts whether a page may end amid a revision
public record EventQuery(
    long fromRevision,
    int fromSub,
    long toRevision,
    KeyFilter keys,
    Bounds bounds,
    boolean previousWanted,
    boolean inParts) {

  /// Asks for whole revisions.
  public EventQuery(
      long fromRevision, long toRevision, KeyFilter keys, Bounds bounds, boolean previousWanted) {
    this(fromRevision, 0, toRevision, keys, bounds, previousWanted, false);
  }

  /// How much a page may hold, and how far the search for it may go.
  public record Bounds(int maxEvents, long maxBytes, int maxRows) {

    /// A single revision may fill so many pages.
    private static final int PAGES_OF_ONE_REVISION = 4;

    public static final Bounds DEFAULT = new Bounds(1_000, 4 << 20, 10_000);

    public Bounds {
      Invariant.check(
          maxEvents > 0 && maxBytes > 0 && maxRows > 0, "page bounds are positive", this);
    }

    boolean isTooWide(int eventsOfRevision, long bytesOfRevision) {
      return eventsOfRevision > PAGES_OF_ONE_REVISION * maxEvents
          || bytesOfRevision > PAGES_OF_ONE_REVISION * maxBytes;
    }
  }
}
