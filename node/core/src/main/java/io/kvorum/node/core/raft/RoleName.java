package io.kvorum.node.core.raft;

/// What a member is at the moment, for those who only want to know.
public enum RoleName {
  /// Receives the log, and votes.
  FOLLOWER,
  /// Receives the log.
  LEARNER,
  /// Asks whether an election could be won.
  PRE_CANDIDATE,
  /// Asks for votes.
  CANDIDATE,
  /// Alone may add to the log in its term.
  LEADER
}
