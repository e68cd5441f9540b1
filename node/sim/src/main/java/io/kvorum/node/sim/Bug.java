package io.kvorum.node.sim;

/// A mistake planted in the simulated driver, to prove that the checks find it.
public enum Bug {
  /// The driver as it should be.
  NONE,
  /// Agreement is told that a write is durable when it has only been asked for, so votes, accepted
  /// entries and acknowledgements are ahead of the disk.
  ACKNOWLEDGES_BEFORE_SYNC,
  /// Votes are not written.
  FORGETS_VOTE,
  /// Clients are told that a command is done when the leader has it in its log, committed or not.
  ACKNOWLEDGES_UNCOMMITTED,
  /// What a flush persists of the state is its applied index, not all of its data.
  APPLIED_INDEX_AHEAD_OF_DATA,
  /// A leader answers reads from its own state without asking anybody.
  READS_WITHOUT_ROUND,
  /// Readers are answered as soon as the round is confirmed, before its index is applied.
  READS_BEFORE_APPLIED,
  /// The log is cut behind what is applied, not behind what is flushed.
  CUTS_LOG_AHEAD_OF_STATE,
  /// The log begins anew behind a snapshot whose content is not durable yet.
  LEAVES_SNAPSHOT_VOLATILE,
  /// An installed snapshot does not say so, and the log may not follow it yet.
  INSTALLS_WITHOUT_MARK,
  /// Membership changes take effect on the leader only.
  FOLLOWERS_SKIP_MEMBERSHIP,
  /// After a timeout a command is sent once more, though it may have been done.
  REPEATS_COMMANDS_OF_UNKNOWN_FATE,
  /// What is left of a long lease is not noted in the log, so that each new leader begins anew.
  LOSES_LEASE_CHECKPOINT,
  /// Members tell clients that their lease is renewed without asking the leader.
  RENEWS_LEASES_WITHOUT_LEADING,
  /// A watcher goes on with the present when a snapshot replaces the state.
  WATCH_GAP_AT_RESTORE
}
