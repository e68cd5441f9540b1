package io.kvorum.node.core.raft;

import io.kvorum.node.core.Invariant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One member's part in the agreement on a log: a function of its inputs.
///
/// Not thread-safe; one thread feeds it and takes [#ready] after each batch of inputs.
///
/// A cluster is founded by starting all its members with the same membership and a log that begins
/// after position 1/1, as if a snapshot had been taken there; a later member starts from
/// [Restored#NOTHING] and so is sent a snapshot first, which tells it the members.
public final class Raft {
  final RaftConfig config;
  final RaftLog log;
  final Outbox outbox = new Outbox();
  private final RandomGenerator random;

  private long term;
  private MemberId vote;
  private Membership membership;

  /// Accepted and not yet applied. Its membership takes effect when it is, like any other: changes
  /// from before it may still be under way to the state machine.
  private @Nullable Snapshot restoring;

  private Role role;
  private long ticks;
  private long lastReady;

  /// What the log stage has been given last.
  private HardState issuedHardState;

  /// What the outside has been told last.
  private Leadership announced;

  public Raft(RaftConfig config, Restored restored, LogView logView, RandomGenerator random) {
    this.config = config;
    this.random = random;
    log = new RaftLog(config, restored, logView);
    term = Math.max(restored.hardState().term(), log.last().term());
    vote = term == restored.hardState().term() ? restored.hardState().vote() : MemberId.NONE;
    membership = restored.membership();
    issuedHardState = restored.hardState();
    role = new Follower(this, MemberId.NONE);
    announced = leadership();
  }

  /// Time passes. The driver calls it at a steady pace and does not catch up on ticks it missed: a
  /// paused process must not find its timeouts expired at once.
  public void tick() {
    ticks++;
    role.tick();
    log.checkOrder();
  }

  /// A message has arrived. It may be stale, doubled or from a stranger.
  public void step(MemberId from, Message message) {
    if (from.equals(config.self()) || isStrangersReply(from, message)) {
      return;
    }
    if (message instanceof Message.PreVoteReply reply) {
      learnCommitted(reply.committed());
    }
    if (message.term() > term && !mayRaiseTerm(from, message)) {
      return;
    }
    if (message.term() < term) {
      answerEarlierTerm(from, message);
    } else {
      dispatch(from, message);
    }
    log.checkOrder();
  }

  /// Whether this is a reply from somebody who is no member. One who was removed does not know it
  /// yet and may have moved on to higher terms: it must not unseat the leader it once followed.
  /// Requests count all the same, since it may be this member that does not know the newest
  /// members.
  private boolean isStrangersReply(MemberId from, Message message) {
    return switch (message) {
      case Message.PreVoteReply _,
          Message.VoteReply _,
          Message.AppendAccepted _,
          Message.AppendRejected _,
          Message.HeartbeatReply _,
          Message.ReadIndexRequest _,
          Message.ReadIndexReply _,
          Message.HigherTerm _ ->
          !membership.contains(from);
      case Message.PreVoteRequest _,
          Message.VoteRequest _,
          Message.Append _,
          Message.Heartbeat _,
          Message.Commit _,
          Message.InstallSnapshot _,
          Message.TimeoutNow _ ->
          false;
    };
  }

  /// What is committed is so in every term, whoever says it. Those who count votes or acks by a
  /// membership do not let it change under them.
  private void learnCommitted(LogPosition committed) {
    boolean counts = role instanceof Leader || role instanceof Candidate;
    if (!counts && committed.index() <= log.lastIndex() && log.matches(committed)) {
      log.commitTo(committed.index());
    }
  }

  /// A message of a higher term ends this one's role, with three exceptions: the two of a pre-vote,
  /// whose term nobody has entered, and a vote request while the leader is heard, which is not even
  /// looked at. Returns whether the message is to be handled.
  private boolean mayRaiseTerm(MemberId from, Message message) {
    switch (message) {
      case Message.PreVoteRequest _ -> {}
      case Message.PreVoteReply reply when reply.granted() -> {}
      case Message.VoteRequest request when hearsLeader() && !request.transfer() -> {
        return false;
      }
      case Message.Append _,
          Message.Heartbeat _,
          Message.Commit _,
          Message.InstallSnapshot _,
          Message.TimeoutNow _ ->
          becomeFollower(message.term(), from);
      case Message.PreVoteReply _,
          Message.VoteRequest _,
          Message.VoteReply _,
          Message.AppendAccepted _,
          Message.AppendRejected _,
          Message.HeartbeatReply _,
          Message.ReadIndexRequest _,
          Message.ReadIndexReply _,
          Message.HigherTerm _ ->
          becomeFollower(message.term(), MemberId.NONE);
    }
    return true;
  }

  private boolean hearsLeader() {
    return switch (role) {
      case Leader _ -> true;
      case Follower follower -> follower.hearsLeader();
      case PreCandidate _, Candidate _ -> false;
    };
  }

  /// Whoever acts in a term that is over is told so: it cannot make progress until it knows.
  private void answerEarlierTerm(MemberId from, Message message) {
    switch (message) {
      case Message.PreVoteRequest _ -> outbox.send(from, preVoteReply(term, false));
      case Message.VoteRequest _ -> outbox.send(from, new Message.VoteReply(term, false));
      case Message.Append _, Message.Heartbeat _, Message.InstallSnapshot _ ->
          outbox.send(from, new Message.HigherTerm(term));
      case Message.PreVoteReply _,
          Message.VoteReply _,
          Message.AppendAccepted _,
          Message.AppendRejected _,
          Message.HeartbeatReply _,
          Message.Commit _,
          Message.TimeoutNow _,
          Message.ReadIndexRequest _,
          Message.ReadIndexReply _,
          Message.HigherTerm _ -> {}
    }
  }

  private void dispatch(MemberId from, Message message) {
    switch (message) {
      case Message.PreVoteRequest request -> on(from, request);
      case Message.VoteRequest request -> on(from, request);
      case Message.Append append -> followerOf(from).on(from, append);
      case Message.Heartbeat heartbeat -> followerOf(from).on(from, heartbeat);
      case Message.Commit commit -> followerOf(from).on(commit);
      case Message.InstallSnapshot install -> followerOf(from).on(from, install);
      case Message.PreVoteReply reply when role instanceof PreCandidate candidate ->
          candidate.on(from, reply);
      case Message.VoteReply reply when role instanceof Candidate candidate ->
          candidate.on(from, reply);
      case Message.AppendAccepted reply when role instanceof Leader leader ->
          leader.on(from, reply);
      case Message.AppendRejected reply when role instanceof Leader leader ->
          leader.on(from, reply);
      case Message.HeartbeatReply reply when role instanceof Leader leader ->
          leader.on(from, reply);
      case Message.ReadIndexRequest request when role instanceof Leader leader ->
          leader.on(from, request);
      case Message.TimeoutNow timeoutNow when role instanceof Follower follower ->
          follower.on(from, timeoutNow);
      case Message.ReadIndexReply reply when role instanceof Follower follower ->
          follower.on(reply);
      // For a role this member no longer has.
      case Message.PreVoteReply _,
          Message.VoteReply _,
          Message.AppendAccepted _,
          Message.AppendRejected _,
          Message.HeartbeatReply _,
          Message.ReadIndexRequest _,
          Message.TimeoutNow _,
          Message.ReadIndexReply _,
          Message.HigherTerm _ -> {}
    }
  }

  private void on(MemberId from, Message.PreVoteRequest request) {
    boolean wouldVote = request.term() > term || (request.term() == term && couldVoteFor(from));
    boolean granted = !hearsLeader() && wouldVote && isUpToDate(request.last());
    long replyTerm = granted ? request.term() : term;
    outbox.send(from, preVoteReply(replyTerm, granted));
  }

  private Message preVoteReply(long replyTerm, boolean granted) {
    return new Message.PreVoteReply(replyTerm, granted, log.committedPosition());
  }

  private void on(MemberId from, Message.VoteRequest request) {
    if (!couldVoteFor(from) || !isUpToDate(request.last())) {
      outbox.send(from, new Message.VoteReply(term, false));
      return;
    }
    vote = from;
    if (role instanceof Follower follower) {
      follower.voted();
    }
    outbox.sendAfterSync(from, new Message.VoteReply(term, true));
  }

  private boolean couldVoteFor(MemberId candidate) {
    return vote.equals(candidate) || (vote.isNone() && role.leader().isNone());
  }

  private boolean isUpToDate(LogPosition candidates) {
    return candidates.compareTo(log.last()) >= 0;
  }

  /// This member as a follower of the current term's leader, whatever it was before.
  private Follower followerOf(MemberId leader) {
    Invariant.check(!(role instanceof Leader), "one leader in a term", leader);
    if (role instanceof Follower follower) {
      follower.hear(leader);
      return follower;
    }
    return becomeFollower(term, leader);
  }

  /// Campaigns now if allowed to: the only voter at start, or a test.
  public void campaign() {
    if (!(role instanceof Leader)) {
      tryCampaign();
    }
    log.checkOrder();
  }

  void tryCampaign() {
    if (canCampaign()) {
      becomePreCandidate();
    } else if (!(role instanceof Follower)) {
      becomeFollower(term, MemberId.NONE);
    }
  }

  /// Only a voter campaigns, and only with a disk that works and a membership that is no more than
  /// one step behind.
  boolean canCampaign() {
    return membership.isVoter(config.self())
        && !log.isRestoring()
        && !log.hasUnappliedMembershipChange()
        && !isStalled();
  }

  Follower becomeFollower(long newTerm, MemberId leader) {
    enterTerm(newTerm, MemberId.NONE);
    Follower follower = new Follower(this, leader);
    become(follower);
    return follower;
  }

  void becomePreCandidate() {
    PreCandidate candidate = new PreCandidate(this);
    become(candidate);
    candidate.begin();
  }

  void becomeCandidate(boolean transfer) {
    enterTerm(term + 1, config.self());
    Candidate candidate = new Candidate(this);
    become(candidate);
    candidate.begin(transfer);
  }

  void becomeLeader() {
    Leader leader = new Leader(this);
    become(leader);
    leader.begin();
  }

  private void enterTerm(long newTerm, MemberId newVote) {
    Invariant.check(newTerm >= term, "terms only grow", newTerm, term);
    if (newTerm > term) {
      term = newTerm;
      vote = newVote;
    }
  }

  private void become(Role next) {
    role.end();
    role = next;
  }

  /// Proposes commands, as one unit: all are appended in this order, or none. The bytes are given
  /// away.
  public ProposeOutcome propose(List<byte[]> commands) {
    return role instanceof Leader leader
        ? leader.propose(commands)
        : new ProposeOutcome.NotLeader(role.leader());
  }

  /// Proposes a membership change. It takes effect when applied, and at most one is under way.
  public ProposeOutcome proposeMembership(MembershipChange change) {
    return role instanceof Leader leader
        ? leader.proposeMembership(change)
        : new ProposeOutcome.NotLeader(role.leader());
  }

  /// Asks for an index to read at; a follower asks its leader.
  ///
  /// @param contextId never used before by this member, nor by an earlier life of it: a late reply
  ///   would answer it with too low an index
  public ReadIndexOutcome readIndex(long contextId) {
    return switch (role) {
      case Leader leader -> leader.readIndex(contextId);
      case Follower follower -> follower.readIndex(contextId);
      case PreCandidate _, Candidate _ -> new ReadIndexOutcome.NoLeader();
    };
  }

  /// Hands leadership to a voter: it gets all entries, then campaigns at once. Until it leads, or
  /// an election timeout has passed, proposals are refused.
  public TransferOutcome transferLeadership(MemberId target) {
    return role instanceof Leader leader
        ? leader.transferTo(target)
        : new TransferOutcome.NotLeader(role.leader());
  }

  /// The voter most likely to take over quickly: the active one with the longest log.
  public Optional<MemberId> bestSuccessor() {
    return role instanceof Leader leader ? leader.bestSuccessor() : Optional.empty();
  }

  /// The connection to a member broke, or messages to it were thrown away. What had arrived on the
  /// connection before is stepped first: a word of the leader ends the suspicion.
  ///
  /// A leader sends to it again from where the logs are known to agree. A follower whose leader it
  /// is campaigns early, unless the leader is heard again within a few ticks.
  public void peerUnreachable(MemberId peer) {
    switch (role) {
      case Leader leader -> leader.peerUnreachable(peer);
      case Follower follower -> follower.peerUnreachable(peer);
      case PreCandidate _, Candidate _ -> {}
    }
  }

  /// A snapshot's content has been delivered to a member, or has failed to be. The driver reports
  /// one of them, once, for every [Message.InstallSnapshot] it was given to send.
  public void snapshotReport(MemberId peer, boolean delivered) {
    if (role instanceof Leader leader) {
      leader.snapshotReport(peer, delivered);
    }
  }

  /// Everything in the Readies up to this number is durable.
  public void synced(long readyNumber) {
    Invariant.check(
        readyNumber <= lastReady, "only what was ready is synced", readyNumber, lastReady);
    log.synced(readyNumber);
    switch (role) {
      case Leader leader -> leader.onSynced();
      case Candidate candidate -> candidate.onSynced();
      case Follower _, PreCandidate _ -> {}
    }
    log.checkOrder();
  }

  /// The state machine has applied everything up to this index. For a membership change call
  /// [#applyMembership] first.
  public void applied(long index) {
    log.applied(index);
    if (restoring != null && index >= restoring.position().index()) {
      setMembership(restoring.membership());
      restoring = null;
    }
    if (role instanceof Follower follower) {
      follower.onApplied();
    }
    log.checkOrder();
  }

  /// A committed membership change takes effect. A change that the state machine refuses is not
  /// passed here, only its index to [#applied].
  public Membership applyMembership(MembershipChange change) {
    setMembership(membership.after(change));
    return membership;
  }

  void restore(Snapshot snapshot) {
    log.restore(snapshot);
    restoring = snapshot;
  }

  private void setMembership(Membership next) {
    membership = next;
    if (role instanceof Leader leader) {
      leader.membershipChanged();
    }
  }

  /// Whether [#ready] would return something to do.
  public boolean hasReady() {
    if (role instanceof Leader leader) {
      leader.collect();
    }
    return outbox.hasOther()
        || (log.canIssue() && hasToIssue())
        || log.hasEntriesToApply()
        || !announced.equals(leadership());
  }

  private boolean hasToIssue() {
    return log.hasEntriesToIssue()
        || log.snapshotToIssue() != null
        || outbox.hasAfterSync()
        || mustPersistState();
  }

  /// Term and vote are written at once. The commit index goes along with entries, except after a
  /// membership change: a member that was removed may stop once it is known, and one that forgot it
  /// in a crash would wait for its vote in vain.
  private boolean mustPersistState() {
    return term != issuedHardState.term()
        || !vote.equals(issuedHardState.vote())
        || log.hasCommittedMembershipChangeAbove(issuedHardState.commit());
  }

  /// What shall be done now. Each thing is said once.
  public Ready ready() {
    if (role instanceof Leader leader) {
      leader.collect();
    }
    lastReady++;
    Leadership now = leadership();
    boolean issues = log.canIssue() && hasToIssue();
    boolean persists =
        issues && (log.hasEntriesToIssue() || log.snapshotToIssue() != null || mustPersistState());
    HardState hardState = new HardState(term, vote, log.committed());
    Ready ready =
        new Ready(
            lastReady,
            persists && !hardState.equals(issuedHardState) ? hardState : null,
            issues ? log.entriesToIssue() : List.of(),
            issues ? log.snapshotToIssue() : null,
            outbox.takeNow(),
            issues ? outbox.takeAfterSync() : List.of(),
            log.entriesToApply(),
            outbox.takeReadStates(),
            outbox.takeReadsDropped(),
            now.equals(announced) ? null : now);
    if (issues) {
      issuedHardState = persists ? hardState : issuedHardState;
      log.issue(lastReady, issuedHardState, ticks);
    }
    announced = now;
    return ready;
  }

  public Status status() {
    MemberId target = role instanceof Leader leader ? leader.transferTarget() : MemberId.NONE;
    return new Status(
        config.self(),
        leadership(),
        membership,
        log.lastIndex(),
        log.issuedIndex(),
        log.synced(),
        log.committed(),
        log.applied(),
        target,
        unsyncedTicks(),
        role instanceof Leader leader ? leader.peerStatuses() : List.of());
  }

  /// Whether this member leads, without the cost of a whole [#status].
  public boolean isLeader() {
    return role instanceof Leader;
  }

  private Leadership leadership() {
    return new Leadership(term, role.leader(), roleName());
  }

  private RoleName roleName() {
    return switch (role) {
      case Follower _ -> membership.isVoter(config.self()) ? RoleName.FOLLOWER : RoleName.LEARNER;
      case PreCandidate _ -> RoleName.PRE_CANDIDATE;
      case Candidate _ -> RoleName.CANDIDATE;
      case Leader _ -> RoleName.LEADER;
    };
  }

  long term() {
    return term;
  }

  long ticks() {
    return ticks;
  }

  Membership membership() {
    return membership;
  }

  /// Between one and two election timeouts, so that followers seldom campaign at once.
  int randomElectionTimeout() {
    return config.electionTicks() + random.nextInt(config.electionTicks());
  }

  int unsyncedTicks() {
    return log.unsyncedTicks(ticks);
  }

  /// Whether this member's disk counts as stuck.
  boolean isStalled() {
    return unsyncedTicks() >= config.stallTicks();
  }

  void sendToOtherVoters(Message message) {
    for (MemberId voter : membership.voters()) {
      if (!voter.equals(config.self())) {
        outbox.send(voter, message);
      }
    }
  }

  void sendToOtherVotersAfterSync(Message message) {
    for (MemberId voter : membership.voters()) {
      if (!voter.equals(config.self())) {
        outbox.sendAfterSync(voter, message);
      }
    }
  }
}
