package io.kvorum.node.core.raft;

/// What became of a proposal when it was made. Accepted is not committed: that shows in
/// [Ready#committed], or never does.
public sealed interface ProposeOutcome {
  /// Appended to the leader's log.
  ///
  /// @param first the index of the batch's first entry
  /// @param last the index of its last
  record Accepted(long term, long first, long last) implements ProposeOutcome {}

  /// Only a leader takes proposals.
  ///
  /// @param leader who leads, or [MemberId#NONE]; forwarding is the caller's business
  record NotLeader(MemberId leader) implements ProposeOutcome {}

  /// Leadership is being handed to `target`; its log must not lag behind again.
  record TransferInProgress(MemberId target) implements ProposeOutcome {}

  /// Too much is under way; nothing of the batch was taken.
  record TooManyRequests() implements ProposeOutcome {}

  /// An earlier membership change may not be applied yet, or this leader has not yet committed
  /// anything in its term.
  record ChangePending() implements ProposeOutcome {}

  /// The change does not fit the membership.
  record Unfit(String problem) implements ProposeOutcome {}
}
