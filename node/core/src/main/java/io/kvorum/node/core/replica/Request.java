package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;

/// What a caller asks of the replica. Each request is answered exactly once, through [Answers].
public sealed interface Request {
  Caller caller();

  /// A command for the log. Its bytes carry the id.
  ///
  /// @param id unique among all requests of all members, see [RequestIds]
  /// @param onlyInTerm if not 0: propose only while this member leads in that term, and never
  ///   forward. What a leader decides on its own must not take effect after it was deposed
  @SuppressWarnings("ArrayRecordComponent")
  record Proposal(long id, byte[] command, long onlyInTerm, Caller caller) implements Request {
    public static Proposal of(long id, byte[] command, Caller caller) {
      return new Proposal(id, command, 0, caller);
    }
  }

  /// Waits until this member's state reflects everything acknowledged anywhere before now.
  record Read(Caller caller) implements Request {}

  /// A membership change, checked here before it is proposed.
  record ChangeMembership(long id, MembershipRequest what, Caller caller) implements Request {}

  /// Hands leadership over.
  record MoveLeadership(MemberId target, Caller caller) implements Request {}
}
