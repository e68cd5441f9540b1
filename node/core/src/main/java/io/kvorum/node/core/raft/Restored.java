package io.kvorum.node.core.raft;

/// What a member knows of itself when it starts.
///
/// @param applied the index the state machine has durably applied
/// @param membership as of that index
public record Restored(HardState hardState, long applied, Membership membership) {
  /// A member that joins a cluster and gets everything from its leader.
  public static final Restored NOTHING = new Restored(HardState.EMPTY, 0, Membership.EMPTY);
}
