package io.kvorum.node.core.raft;

/// Asks whether an election could be won before it disturbs anybody with a new term.
final class PreCandidate implements Role {
  private final Raft raft;
  private final Ballot ballot;
  private final int timeout;
  private int elapsed;

  PreCandidate(Raft raft) {
    this.raft = raft;
    this.ballot = new Ballot(raft.membership());
    this.timeout = raft.randomElectionTimeout();
  }

  void begin() {
    Message request = new Message.PreVoteRequest(raft.term() + 1, raft.log.last());
    raft.sendToOtherVoters(request);
    count(raft.config.self(), true);
  }

  void on(MemberId from, Message.PreVoteReply reply) {
    if (!reply.granted() || reply.term() == raft.term() + 1) {
      count(from, reply.granted());
    }
  }

  private void count(MemberId voter, boolean grants) {
    switch (ballot.count(voter, grants)) {
      case WON -> won();
      case LOST -> raft.becomeFollower(raft.term(), MemberId.NONE);
      case OPEN -> {}
    }
  }

  /// With the consent a committed membership change may have become known: that comes first.
  private void won() {
    if (raft.canCampaign()) {
      raft.becomeCandidate(false);
    } else {
      raft.becomeFollower(raft.term(), MemberId.NONE);
    }
  }

  @Override
  public void tick() {
    elapsed++;
    if (elapsed >= timeout) {
      raft.tryCampaign();
    }
  }

  @Override
  public MemberId leader() {
    return MemberId.NONE;
  }

  @Override
  public void end() {}
}
