package io.kvorum.node.core.raft;

/// What became of a read index request when it was made.
public sealed interface ReadIndexOutcome {
  /// The context appears exactly once in [Ready#readStates] or [Ready#readsDropped], within two
  /// election timeouts.
  record Accepted() implements ReadIndexOutcome {}

  /// Nobody is known to lead.
  record NoLeader() implements ReadIndexOutcome {}

  /// Too many requests wait.
  record TooManyRequests() implements ReadIndexOutcome {}
}
