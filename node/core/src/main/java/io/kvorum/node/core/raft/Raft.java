package io.kvorum.node.core.raft;

import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// One member's part in the agreement on a log: a function of its inputs.
///
/// Not thread-safe; one thread feeds it and takes [#ready] after each batch of inputs.
///
/// A cluster is founded by starting all its members with the same membership and a log that begins
/// after position 1/1, as if a snapshot had been taken there; a later member starts from
/// [Restored#NOTHING] and so is sent a snapshot first, which tells it the members.
@SuppressWarnings("DoNotCallSuggester")
public final class Raft {
  public Raft(RaftConfig config, Restored restored, LogView logView, RandomGenerator random) {
    throw new UnsupportedOperationException();
  }

  /// Time passes. The driver calls it at a steady pace and does not catch up on ticks it missed: a
  /// paused process must not find its timeouts expired at once.
  public void tick() {
    throw new UnsupportedOperationException();
  }

  /// A message has arrived. It may be stale, doubled or from a stranger.
  public void step(MemberId from, Message message) {
    throw new UnsupportedOperationException();
  }

  /// Campaigns now if allowed to: the only voter at start, or a test.
  public void campaign() {
    throw new UnsupportedOperationException();
  }

  /// Proposes commands, as one unit: all are appended in this order, or none. The bytes are given
  /// away.
  public ProposeOutcome propose(List<byte[]> commands) {
    throw new UnsupportedOperationException();
  }

  /// Proposes a membership change. It takes effect when applied, and at most one is under way.
  public ProposeOutcome proposeMembership(MembershipChange change) {
    throw new UnsupportedOperationException();
  }

  /// Asks for an index to read at; a follower asks its leader.
  ///
  /// @param contextId never used before by this member, nor by an earlier life of it: a late reply
  ///   would answer it with too low an index
  public ReadIndexOutcome readIndex(long contextId) {
    throw new UnsupportedOperationException();
  }

  /// Hands leadership to a voter: it gets all entries, then campaigns at once. Until it leads, or
  /// an election timeout has passed, proposals are refused.
  public TransferOutcome transferLeadership(MemberId target) {
    throw new UnsupportedOperationException();
  }

  /// The voter most likely to take over quickly: the active one with the longest log.
  public Optional<MemberId> bestSuccessor() {
    throw new UnsupportedOperationException();
  }

  /// The connection to a member broke, or messages to it were thrown away.
  public void peerUnreachable(MemberId peer) {
    throw new UnsupportedOperationException();
  }

  /// A snapshot's content has been delivered to a member, or has failed to be.
  public void snapshotReport(MemberId peer, boolean delivered) {
    throw new UnsupportedOperationException();
  }

  /// Everything in the Readies up to this number is durable.
  public void synced(long readyNumber) {
    throw new UnsupportedOperationException();
  }

  /// The state machine has applied everything up to this index. For a membership change call
  /// [#applyMembership] first.
  public void applied(long index) {
    throw new UnsupportedOperationException();
  }

  /// A committed membership change takes effect. A change that the state machine refuses is not
  /// passed here, only its index to [#applied].
  public Membership applyMembership(MembershipChange change) {
    throw new UnsupportedOperationException();
  }

  /// Whether [#ready] would return something to do.
  public boolean hasReady() {
    throw new UnsupportedOperationException();
  }

  /// What shall be done now. Each thing is said once.
  public Ready ready() {
    throw new UnsupportedOperationException();
  }

  public Status status() {
    throw new UnsupportedOperationException();
  }

  /// Whether this member leads, without the cost of a whole [#status].
  public boolean isLeader() {
    throw new UnsupportedOperationException();
  }
}
