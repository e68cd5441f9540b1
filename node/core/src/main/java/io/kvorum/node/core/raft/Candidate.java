package io.kvorum.node.core.raft;

/// Asks for votes in a new term. Its own vote counts when it is on its own disk.
final class Candidate implements Role {
  private final Raft raft;
  private final Ballot ballot;
  private final int timeout;
  private int elapsed;

  Candidate(Raft raft) {
    this.raft = raft;
    this.ballot = new Ballot(raft.membership());
    this.timeout = raft.randomElectionTimeout();
  }

  void begin(boolean transfer) {
    Message request = new Message.VoteRequest(raft.term(), raft.log.last(), transfer);
    raft.sendToOtherVotersAfterSync(request);
  }

  void on(MemberId from, Message.VoteReply reply) {
    count(from, reply.granted());
  }

  /// The disk has advanced.
  void onSynced() {
    HardState durable = raft.log.durable();
    if (durable.term() == raft.term() && durable.vote().equals(raft.config.self())) {
      count(raft.config.self(), true);
    }
  }

  private void count(MemberId voter, boolean grants) {
    switch (ballot.count(voter, grants)) {
      case WON -> raft.becomeLeader();
      case LOST -> raft.becomeFollower(raft.term(), MemberId.NONE);
      case OPEN -> {}
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
