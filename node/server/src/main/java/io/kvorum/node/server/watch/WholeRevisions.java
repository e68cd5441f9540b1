package io.kvorum.node.server.watch;

import io.kvorum.node.core.Invariant;

/// The memory of wide revisions that go out whole: from their first collected part until the
/// connection has taken the response.
final class WholeRevisions {
  private final long capacity;

  /// Invariant: what all watchers have collected and all streams have not taken.
  private long taken;

  WholeRevisions(long capacity) {
    this.capacity = capacity;
  }

  /// Whether one more may begin: one that gave way before begins only alone.
  boolean hasRoom(boolean putOff) {
    return putOff ? taken == 0 : taken < capacity;
  }

  /// Takes room for a part of a revision; false if there is none.
  boolean maybeTake(long bytes) {
    if (taken + bytes > capacity) {
      return false;
    }
    taken += bytes;
    return true;
  }

  void give(long bytes) {
    taken -= bytes;
    Invariant.check(taken >= 0, "room is given back once", taken);
  }

  /// Whether nobody but the holder of so many bytes has any.
  boolean isAlone(long bytes) {
    return taken == bytes;
  }
}
