package io.kvorum.node.sim;

/// A mistake planted in the simulated driver, to prove that the checks find it.
public enum Bug {
  /// The driver as it should be.
  NONE,
  /// Votes and accepted entries are told before they are on the disk.
  ANSWERS_BEFORE_SYNC,
  /// The core is told of a sync when the write has only begun.
  REPORTS_SYNC_EARLY,
  /// Term and vote are not written.
  FORGETS_VOTE,
  /// Clients are told that a command is done when the leader has it, committed or not.
  ACKNOWLEDGES_UNCOMMITTED,
  /// A leader answers reads at its own commit index without asking anybody.
  READS_WITHOUT_ROUND,
  /// The log is restarted behind a snapshot whose content is not durable yet.
  LEAVES_SNAPSHOT_VOLATILE,
  /// Membership changes take effect on the leader only.
  FOLLOWERS_SKIP_MEMBERSHIP
}
