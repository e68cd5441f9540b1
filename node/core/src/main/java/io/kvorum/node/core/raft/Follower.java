package io.kvorum.node.core.raft;

import io.kvorum.node.core.Invariant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/// Takes the log from a leader, once it knows one.
///
/// While it hears its leader it refuses to take part in elections that the leader did not ask for:
/// a member that cannot hear the leader must not unseat one that a majority hears. A follower whose
/// connection to the leader broke suspects that its process died. Suspicion ends with the leader's
/// next word, which a living leader says within a heartbeat or two; if none comes, the follower
/// asks the others early whether they would vote, and those who still hear the leader refuse.
final class Follower implements Role {
  private static final int NOT_SUSPECTED = -1;

  private final Raft raft;
  private final int electionTimeout;

  /// Requests sent to the leader, by context, with the tick they were made at; oldest first.
  private final Map<Long, Long> forwardedReads = new LinkedHashMap<>();

  private MemberId leader;
  private int electionElapsed;

  /// Ticks since the connection to the leader broke, or [#NOT_SUSPECTED].
  private int suspectedFor = NOT_SUSPECTED;

  /// The leader asked for an election while a membership change was still to be applied.
  private boolean campaignWhenApplied;

  Follower(Raft raft, MemberId leader) {
    this.raft = raft;
    this.leader = leader;
    this.electionTimeout = raft.randomElectionTimeout();
  }

  @Override
  public MemberId leader() {
    return leader;
  }

  @Override
  public void tick() {
    expireReads();
    electionElapsed++;
    if (suspectedFor != NOT_SUSPECTED) {
      suspectedFor++;
    }
    boolean timedOut = electionElapsed >= electionTimeout;
    if (timedOut || suspectedFor == earlyCampaignDelay()) {
      if (raft.canCampaign()) {
        raft.becomePreCandidate();
      } else if (timedOut) {
        forgetLeader();
      }
    }
  }

  /// One that cannot campaign, a learner for instance, must not stand by a leader it no longer
  /// hears either: its consent may be needed.
  private void forgetLeader() {
    leader = MemberId.NONE;
    end();
  }

  /// For how long a suspected leader must have been silent: longer than a living one is even if a
  /// heartbeat was lost with the connection. Before that nobody consents to its replacement.
  private int silence() {
    return 2 * raft.config.heartbeatTicks() + 1;
  }

  /// When to ask: after all who noticed at the same time consent, whatever the phase of their ticks
  /// and with some drift. Staggered by rank rather than by chance, and by two ticks, so that no two
  /// ask at once: they would split the votes and then wait for a whole election timeout.
  private int earlyCampaignDelay() {
    int rank = 0;
    for (MemberId voter : raft.membership().voters()) {
      if (voter.equals(raft.config.self())) {
        break;
      }
      rank += voter.equals(leader) ? 0 : 1;
    }
    return Math.min(silence() + 2 + 2 * rank, raft.config.electionTicks());
  }

  /// Whether it has heard its leader lately, and so takes part in no other election.
  boolean hearsLeader() {
    return !leader.isNone()
        && suspectedFor < silence()
        && electionElapsed < raft.config.electionTicks();
  }

  /// The leader of the current term has spoken.
  void hear(MemberId from) {
    Invariant.check(leader.isNone() || leader.equals(from), "one leader in a term", from);
    leader = from;
    electionElapsed = 0;
    suspectedFor = NOT_SUSPECTED;
  }

  void peerUnreachable(MemberId peer) {
    if (peer.equals(leader) && suspectedFor == NOT_SUSPECTED) {
      suspectedFor = 0;
    }
  }

  /// It has given its vote: the candidate gets the time to win.
  void voted() {
    electionElapsed = 0;
  }

  void on(MemberId from, Message.Append append) {
    LogPosition previous = append.previous();
    if (previous.index() < raft.log.committed()) {
      raft.outbox.sendAfterSync(from, accepted(raft.log.committed()));
      return;
    }
    if (!raft.log.matches(previous)) {
      LogPosition hint =
          raft.log.lastNotAbove(previous.term(), previous.index(), raft.log.committed());
      raft.outbox.send(from, new Message.AppendRejected(raft.term(), previous.index(), hint));
      return;
    }
    raft.log.merge(append.entries());
    long match = previous.index() + append.entries().size();
    raft.log.commitTo(Math.min(append.commit(), match));
    raft.outbox.sendAfterSync(from, accepted(match));
  }

  void on(MemberId from, Message.Heartbeat heartbeat) {
    commitTo(heartbeat.commit());
    raft.outbox.send(from, new Message.HeartbeatReply(raft.term(), heartbeat.round()));
  }

  void on(Message.Commit message) {
    commitTo(message.commit());
  }

  /// A leader lets a member commit what that has acknowledged, no more.
  private void commitTo(long commit) {
    if (commit > raft.log.lastIndex()) {
      throw new LostEntriesException(commit, raft.log.lastIndex());
    }
    raft.log.commitTo(commit);
  }

  void on(MemberId from, Message.InstallSnapshot message) {
    Snapshot snapshot = message.snapshot();
    if (snapshot.position().index() <= raft.log.committed()) {
      raft.outbox.sendAfterSync(from, accepted(raft.log.committed()));
      return;
    }
    if (raft.log.matches(snapshot.position())) {
      raft.log.commitTo(snapshot.position().index());
    } else {
      raft.restore(snapshot);
    }
    raft.outbox.sendAfterSync(from, accepted(snapshot.position().index()));
  }

  private Message accepted(long match) {
    return new Message.AppendAccepted(raft.term(), match);
  }

  void on(MemberId from, Message.TimeoutNow message) {
    if (!from.equals(leader)) {
      return;
    }
    raft.log.commitTo(Math.min(message.commit(), raft.log.lastIndex()));
    if (raft.canCampaign()) {
      raft.becomeCandidate(true);
    } else {
      campaignWhenApplied = true;
    }
  }

  void onApplied() {
    if (campaignWhenApplied && raft.canCampaign()) {
      raft.becomeCandidate(true);
    }
  }

  ReadIndexOutcome readIndex(long contextId) {
    if (leader.isNone()) {
      return new ReadIndexOutcome.NoLeader();
    }
    if (forwardedReads.size() >= raft.config.maxPendingReads()) {
      return new ReadIndexOutcome.TooManyRequests();
    }
    forwardedReads.put(contextId, raft.ticks());
    raft.outbox.send(leader, new Message.ReadIndexRequest(raft.term(), contextId));
    return new ReadIndexOutcome.Accepted();
  }

  void on(Message.ReadIndexReply reply) {
    if (forwardedReads.remove(reply.contextId()) != null) {
      raft.outbox.readState(new ReadState(reply.contextId(), reply.index(), reply.term()));
    }
  }

  private void expireReads() {
    Iterator<Map.Entry<Long, Long>> oldest = forwardedReads.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<Long, Long> read = oldest.next();
      if (raft.ticks() - read.getValue() < raft.config.electionTicks()) {
        return;
      }
      raft.outbox.dropRead(read.getKey());
      oldest.remove();
    }
  }

  @Override
  public void end() {
    forwardedReads.keySet().forEach(raft.outbox::dropRead);
    forwardedReads.clear();
  }
}
