package io.kvorum.node.core.raft;

/// What a member knows of itself when it starts.
///
/// The log must hold the applied position or begin right after it. A driver that finds the log ends
/// below it, or has another term there (a crash came between installing a snapshot's content and
/// restarting the log), restarts the log behind it first. The hard state may then be of an earlier
/// term than the log's end: nothing was promised in the later one.
///
/// @param applied the position the state machine has durably applied
/// @param membership as of that position
public record Restored(HardState hardState, LogPosition applied, Membership membership) {
  /// A member that joins a cluster and gets everything from its leader.
  public static final Restored NOTHING =
      new Restored(HardState.EMPTY, LogPosition.ZERO, Membership.EMPTY);
}
