package io.kvorum.node.core.raft;

/// How a leader feeds one follower.
sealed interface Progress {
  /// The index of the first entry not yet sent.
  long next();

  /// Where the logs agree is not known: one append at a time asks.
  ///
  /// @param awaitingReply whether one is on its way; a heartbeat's reply allows the next, in case
  ///   it was lost
  record Probing(long next, boolean awaitingReply) implements Progress {}

  /// The logs agree: entries are sent as they come, without waiting for replies.
  record Replicating(long next, Window inFlight) implements Progress {}

  /// The entries it needs are gone: a snapshot is being sent, and nothing else until the driver
  /// reports how that went.
  record Snapshotting(long snapshotIndex) implements Progress {
    @Override
    public long next() {
      return snapshotIndex + 1;
    }
  }
}
