package io.kvorum.node.core.raft;

import java.util.List;

/// What members say to each other. Sender and receiver stand on the envelope.
///
/// Every message carries its sender's term; a pre-vote carries the term its sender would campaign
/// in. Messages may be lost, doubled, reordered and late: nothing here relies on the channel.
public sealed interface Message {
  long term();

  /// Asks whether the receiver would vote for the sender in `term`, which nobody has entered yet.
  record PreVoteRequest(long term, LogPosition last) implements Message {}

  /// Answers a [PreVoteRequest].
  ///
  /// @param term the asked-for term if granted, else the receiver's own
  /// @param committed the last position the receiver knows to be committed. Who campaigns may not
  ///   know: if the last thing its leader committed was the leader's own removal, it would else
  ///   wait for that one's vote, which a longer log forbids to give
  record PreVoteReply(long term, boolean granted, LogPosition committed) implements Message {}

  /// Asks for the receiver's vote.
  ///
  /// @param last the end of the candidate's log, on its disk when this is sent
  /// @param transfer whether the leader itself asked for this election, so that those who hear the
  ///   leader vote all the same
  record VoteRequest(long term, LogPosition last, boolean transfer) implements Message {}

  /// Answers a [VoteRequest]; a granted vote is on the receiver's disk.
  record VoteReply(long term, boolean granted) implements Message {}

  /// Entries that follow a position. Without entries: asks whether the position matches.
  ///
  /// @param commit the leader's commit index
  record Append(long term, LogPosition previous, List<Entry> entries, long commit)
      implements Message {}

  /// The receiver's disk holds the leader's log up to `match`.
  record AppendAccepted(long term, long match) implements Message {}

  /// The receiver's log has no entry like the one before the sent ones.
  ///
  /// @param rejected the index before the sent entries
  /// @param hint where the logs may still agree: the receiver's last position at or below
  ///   `rejected` whose term is not higher than the leader's there
  record AppendRejected(long term, long rejected, LogPosition hint) implements Message {}

  /// The leader lives.
  ///
  /// @param commit the leader's commit index as far as the receiver's log is known to match
  /// @param round the leader's number for this exchange; replies echo it, and a majority of them
  ///   proves that the sender still led after it began the round
  record Heartbeat(long term, long commit, long round) implements Message {}

  /// Answers a [Heartbeat].
  record HeartbeatReply(long term, long round) implements Message {}

  /// Tells a follower whose log is known to match what is committed. Not answered; when it is lost,
  /// the next append or heartbeat says it again.
  record Commit(long term, long commit) implements Message {}

  /// The receiver's log ends before the leader's begins: it needs the state as a whole.
  ///
  /// The leader's driver takes a snapshot at this position or a later one, sends its content, and
  /// the receiver's driver steps this message, with the position and membership the content truly
  /// has, once it holds all of it.
  record InstallSnapshot(long term, Snapshot snapshot) implements Message {}

  /// The leader asks the receiver, whose log is complete, to campaign at once.
  ///
  /// @param commit the leader's commit index: if the leader's own removal is the last thing it
  ///   committed, the receiver must not count on its vote
  record TimeoutNow(long term, long commit) implements Message {}

  /// A follower asks the leader for an index to read at.
  record ReadIndexRequest(long term, long contextId) implements Message {}

  /// State that has applied `index` reflects all that was acknowledged before the request.
  record ReadIndexReply(long term, long contextId, long index) implements Message {}

  /// Answers a message of an earlier term, whose sender should know that its term is over.
  record HigherTerm(long term) implements Message {}
}
