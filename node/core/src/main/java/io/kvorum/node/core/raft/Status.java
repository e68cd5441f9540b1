package io.kvorum.node.core.raft;

import java.util.List;

/// A member's consensus at one moment, for status calls, metrics and membership rules.
///
/// @param issuedIndex up to where the log stage has been given the log as it is now
/// @param syncedIndex up to where it is known to be durable
/// @param transferTarget who leadership is being handed to, or [MemberId#NONE]
/// @param unsyncedTicks for how long the oldest Ready has waited for its sync; 0 if none does
/// @param peers the other members as a leader sees them; empty elsewhere
public record Status(
    MemberId self,
    Leadership leadership,
    Membership membership,
    long lastIndex,
    long issuedIndex,
    long syncedIndex,
    long commit,
    long applied,
    MemberId transferTarget,
    int unsyncedTicks,
    List<PeerStatus> peers) {

  /// How far a follower is.
  ///
  /// @param match the highest index known to be on its disk
  /// @param active whether it was heard in the current or the last check-quorum interval
  public record PeerStatus(
      MemberId id, boolean learner, long match, long next, State state, boolean active) {}

  /// How a leader feeds a follower.
  public enum State {
    PROBING,
    REPLICATING,
    SNAPSHOTTING
  }
}
