package io.kvorum.node.core.replica;

import io.kvorum.node.core.kv.Outcome;

/// What a request came to.
public sealed interface Answer {
  /// The command was applied on this member.
  record Applied(Outcome outcome) implements Answer {}

  /// The state is fresh enough to read.
  record ReadReady() implements Answer {}

  /// The membership change took effect.
  record MembersChanged(Cluster cluster) implements Answer {}

  /// The target leads.
  record LeadershipMoved() implements Answer {}

  /// Nothing, or nothing that is known, came of the request.
  sealed interface Refused extends Answer {}

  /// Too much waits already; not proposed.
  record TooManyRequests() implements Refused {}

  /// Nobody led until the deadline; not proposed.
  record NeverProposed() implements Refused {}

  /// The deadline passed; it may still take effect.
  record TimedOut(Cause cause) implements Refused {}

  /// What the replica can tell of a timeout.
  enum Cause {
    UNKNOWN,
    /// The leader of then was lost.
    LEADER_FAILED,
    /// The connection to the leader, or a leader's to its quorum, broke.
    CONNECTION_LOST
  }

  /// This member does not lead, or no longer in the term that was asked for.
  record NotLeader() implements Refused {}

  /// The member that shall lead cannot.
  record BadTransferee() implements Refused {}

  /// The target did not lead before the deadline.
  record TransferTimedOut() implements Refused {}

  /// The membership change is against the rules.
  record MembershipRefused(MembershipRefusal reason) implements Refused {}

  /// This member is stopping.
  record Stopped() implements Refused {}
}
