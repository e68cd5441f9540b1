package io.kvorum.node.core.raft;

/// What became of a request to hand over leadership when it was made. Whether it succeeds shows in
/// [Ready#leadership]; it is given up after an election timeout ([Status#transferTarget]).
public sealed interface TransferOutcome {
  /// Under way.
  record Started() implements TransferOutcome {}

  /// The target leads already.
  record AlreadyLeader() implements TransferOutcome {}

  /// Only a leader can hand over.
  record NotLeader(MemberId leader) implements TransferOutcome {}

  /// The target cannot lead: it is no voter.
  record NotVoter() implements TransferOutcome {}

  /// Another transfer is under way.
  record InProgress(MemberId target) implements TransferOutcome {}
}
