package io.kvorum.node.core.raft;

/// What a member is in its term, with what is valid only as long as it is that.
///
/// A follower that misses its leader becomes a pre-candidate; with a majority's consent a
/// candidate, in a new term; with a majority's votes the leader. Whoever sees a higher term, or the
/// leader of its own, becomes a follower; so does a leader that hears no majority, has been
/// removed, or whose disk is stuck.
sealed interface Role permits Follower, PreCandidate, Candidate, Leader {
  void tick();

  /// Who leads in this term, or [MemberId#NONE].
  MemberId leader();

  /// The role is over: what waits for it will not be answered.
  void end();
}
