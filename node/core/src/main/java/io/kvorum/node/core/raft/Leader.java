package io.kvorum.node.core.raft;

import io.kvorum.node.core.Invariant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/// Alone adds to the log in its term, brings it to the others, and decides what is committed.
final class Leader implements Role {
  /// Appends to one follower per [#collect]: more wait for the next Ready, so that reading old
  /// entries for a follower far behind does not delay everybody else.
  private static final int MAX_APPENDS_AT_ONCE = 8;

  private final Raft raft;
  private final RaftLog log;
  private final RaftConfig config;
  private final ReadRounds reads;
  private final Unsettled unsettled;

  /// All other members, in the order of their ids.
  private final List<Peer> peers = new ArrayList<>();

  /// The latest index at which a membership change may stand that is not applied yet. At first the
  /// leader's own first entry: before that is committed, no change may be proposed.
  private long pendingMembershipIndex;

  private final long firstOwnIndex;

  private int heartbeatElapsed;
  private int quorumCheckElapsed;
  private MemberId transferTarget = MemberId.NONE;
  private int transferElapsed;

  /// Whether something has happened that may allow messages to be sent.
  private boolean maySend = true;

  /// The entries that were last sliced, for the next follower that needs the same.
  private List<Entry> sharedSlice = List.of();

  Leader(Raft raft) {
    this.raft = raft;
    this.log = raft.log;
    this.config = raft.config;
    this.reads = new ReadRounds(raft);
    this.unsettled = new Unsettled(config.maxUnsettledBytes());
    this.firstOwnIndex = log.lastIndex() + 1;
    this.pendingMembershipIndex = firstOwnIndex;
    meetPeers();
  }

  private void meetPeers() {
    List<MemberId> others = new ArrayList<>(raft.membership().voters());
    others.addAll(raft.membership().learners());
    others.remove(config.self());
    others.sort(null);
    peers.removeIf(peer -> !others.contains(peer.id));
    for (MemberId other : others) {
      if (peer(other).isEmpty()) {
        peers.add(new Peer(other, log.lastIndex() + 1, config));
      }
    }
    peers.sort((a, b) -> a.id.compareTo(b.id));
  }

  void begin() {
    log.append(Entry.empty(raft.term(), firstOwnIndex));
  }

  @Override
  public MemberId leader() {
    return config.self();
  }

  MemberId transferTarget() {
    return transferTarget;
  }

  List<Status.PeerStatus> peerStatuses() {
    return peers.stream().map(peer -> peer.status(raft.membership().isLearner(peer.id))).toList();
  }

  private Optional<Peer> peer(MemberId id) {
    for (Peer peer : peers) {
      if (peer.id.equals(id)) {
        return Optional.of(peer);
      }
    }
    return Optional.empty();
  }

  @Override
  public void tick() {
    peers.forEach(Peer::tick);
    reads.expire();
    quorumCheckElapsed++;
    if (quorumCheckElapsed >= config.electionTicks()) {
      quorumCheckElapsed = 0;
      if (!hearsQuorum()) {
        raft.becomeFollower(raft.term(), MemberId.NONE);
        return;
      }
    }
    tickTransfer();
    if (handOverIfStalled()) {
      return;
    }
    heartbeatElapsed++;
    if (heartbeatElapsed >= config.heartbeatTicks()) {
      heartbeatElapsed = 0;
      sendHeartbeats(reads.begin(hasCommittedInTerm()));
    }
  }

  private boolean hearsQuorum() {
    int heard = raft.membership().isVoter(config.self()) ? 1 : 0;
    for (Peer peer : peers) {
      heard += peer.isActive() && raft.membership().isVoter(peer.id) ? 1 : 0;
      peer.forgetActivity();
    }
    return heard >= raft.membership().quorum();
  }

  private void tickTransfer() {
    if (!transferTarget.isNone()) {
      transferElapsed++;
      if (transferElapsed >= config.electionTicks()) {
        transferTarget = MemberId.NONE;
      }
    }
  }

  /// A leader whose disk is stuck cannot apply, and so can neither serve nor acknowledge: it hands
  /// over, and if that has not worked after another election timeout, steps down. Returns whether
  /// it did.
  private boolean handOverIfStalled() {
    if (!raft.isStalled() || raft.membership().voters().size() == 1) {
      return false;
    }
    if (raft.unsyncedTicks() >= config.stallTicks() + config.electionTicks()) {
      raft.becomeFollower(raft.term(), MemberId.NONE);
      return true;
    }
    if (transferTarget.isNone()) {
      bestSuccessor().ifPresent(this::beginTransfer);
    }
    return false;
  }

  private void sendHeartbeats(long round) {
    peers.forEach(peer -> sendHeartbeat(peer, round));
  }

  private void sendHeartbeat(Peer peer, long round) {
    long commit = Math.min(peer.match(), log.committed());
    peer.tellCommit(commit);
    raft.outbox.send(peer.id, new Message.Heartbeat(raft.term(), commit, round));
  }

  /// Learners have no say in it.
  private void beginReadRound() {
    long round = reads.begin(true);
    for (Peer peer : peers) {
      if (raft.membership().isVoter(peer.id)) {
        sendHeartbeat(peer, round);
      }
    }
    confirmReads();
  }

  ProposeOutcome propose(List<byte[]> commands) {
    Invariant.check(!commands.isEmpty(), "a proposal has a command");
    if (!transferTarget.isNone()) {
      return new ProposeOutcome.TransferInProgress(transferTarget);
    }
    long size = 0;
    for (byte[] command : commands) {
      size += Entry.sizeOf(command);
    }
    if (!unsettled.canTake(size)) {
      return new ProposeOutcome.TooManyRequests();
    }
    long first = log.lastIndex() + 1;
    for (byte[] command : commands) {
      log.append(new Entry(raft.term(), log.lastIndex() + 1, EntryType.COMMAND, command));
    }
    return appended(first, size);
  }

  ProposeOutcome proposeMembership(MembershipChange change) {
    if (!transferTarget.isNone()) {
      return new ProposeOutcome.TransferInProgress(transferTarget);
    }
    if (log.applied() < pendingMembershipIndex) {
      return new ProposeOutcome.ChangePending();
    }
    Optional<String> problem = raft.membership().problemWith(change);
    if (problem.isPresent()) {
      return new ProposeOutcome.Unfit(problem.get());
    }
    byte[] data = change.encode();
    if (!unsettled.canTake(Entry.sizeOf(data))) {
      return new ProposeOutcome.TooManyRequests();
    }
    long index = log.lastIndex() + 1;
    log.append(new Entry(raft.term(), index, EntryType.MEMBERSHIP, data));
    pendingMembershipIndex = index;
    return appended(index, Entry.sizeOf(data));
  }

  private ProposeOutcome appended(long first, long size) {
    unsettled.add(log.lastIndex(), size);
    maySend = true;
    return new ProposeOutcome.Accepted(raft.term(), first, log.lastIndex());
  }

  void on(MemberId from, Message.AppendAccepted reply) {
    Optional<Peer> known = peer(from);
    if (known.isEmpty()) {
      return;
    }
    Peer peer = known.get();
    Invariant.check(
        reply.match() <= log.lastIndex(),
        "followers hold what was sent",
        reply.match(),
        log.lastIndex());
    peer.heard();
    boolean canContinue = log.term(Math.max(peer.match(), reply.match())) != LogView.UNKNOWN_TERM;
    peer.accepted(reply.match(), canContinue);
    maySend = true;
    maybeCommit();
    if (transferTarget.equals(from)) {
      sendTimeoutNowIfComplete(peer);
    }
  }

  void on(MemberId from, Message.AppendRejected reply) {
    Optional<Peer> known = peer(from);
    if (known.isEmpty()) {
      return;
    }
    Peer peer = known.get();
    peer.heard();
    LogPosition hint = reply.hint();
    LogPosition agreement = log.lastNotAbove(hint.term(), hint.index(), peer.match());
    peer.rejected(reply.rejected(), agreement.index());
    maySend = true;
  }

  void on(MemberId from, Message.HeartbeatReply reply) {
    Optional<Peer> known = peer(from);
    if (known.isEmpty()) {
      return;
    }
    Peer peer = known.get();
    peer.heard();
    peer.heartbeatReplied(reply.round());
    maySend = true;
    confirmReads();
    if (peer.shouldCheckForLoss()) {
      checkForLoss(peer);
    }
    if (transferTarget.equals(from)) {
      sendTimeoutNowIfComplete(peer);
    }
  }

  /// Asks whether the last of what was sent has arrived; if an append was lost, the rejection
  /// shows.
  private void checkForLoss(Peer peer) {
    long lastSent = peer.progress().next() - 1;
    if (log.term(lastSent) == LogView.UNKNOWN_TERM) {
      sendSnapshot(peer);
    } else {
      sendAppend(peer, lastSent, List.of());
    }
  }

  void on(MemberId from, Message.ReadIndexRequest request) {
    Optional<Peer> known = peer(from);
    if (known.isPresent()) {
      known.get().heard();
      reads.add(from, request.contextId());
    }
  }

  ReadIndexOutcome readIndex(long contextId) {
    return reads.add(config.self(), contextId)
        ? new ReadIndexOutcome.Accepted()
        : new ReadIndexOutcome.TooManyRequests();
  }

  private boolean hasCommittedInTerm() {
    return log.committed() >= firstOwnIndex;
  }

  private void confirmReads() {
    reads.confirmed(quorumValue(Long.MAX_VALUE, Peer::ackedRound));
  }

  /// The highest value that a majority of voters has reached.
  private long quorumValue(long own, ToLongFunction<Peer> ofPeer) {
    Membership membership = raft.membership();
    long[] values = new long[membership.voters().size()];
    int count = 0;
    if (membership.isVoter(config.self())) {
      values[count++] = own;
    }
    for (Peer peer : peers) {
      if (membership.isVoter(peer.id)) {
        values[count++] = ofPeer.applyAsLong(peer);
      }
    }
    Invariant.check(count == values.length, "every voter is a peer", count, values.length);
    Arrays.sort(values);
    return values[values.length - membership.quorum()];
  }

  /// Commits what a majority's disks hold, this member's among them only as far as it is synced.
  /// Entries of earlier terms are committed only along with one of this term: a majority may hold
  /// them, and a leader elected without them could still overwrite them.
  private void maybeCommit() {
    long index = quorumValue(log.synced(), Peer::match);
    if (index > log.committed() && index >= firstOwnIndex) {
      log.commitTo(index);
      maySend = true;
    }
    unsettled.settle(Math.min(log.committed(), log.synced()));
  }

  void onSynced() {
    maybeCommit();
  }

  TransferOutcome transferTo(MemberId target) {
    if (target.equals(config.self())) {
      return new TransferOutcome.AlreadyLeader();
    }
    if (!raft.membership().isVoter(target)) {
      return new TransferOutcome.NotVoter();
    }
    if (!transferTarget.isNone() && !transferTarget.equals(target)) {
      return new TransferOutcome.InProgress(transferTarget);
    }
    if (transferTarget.isNone()) {
      beginTransfer(target);
    }
    return new TransferOutcome.Started();
  }

  private void beginTransfer(MemberId target) {
    transferTarget = target;
    transferElapsed = 0;
    maySend = true;
    peer(target).ifPresent(this::sendTimeoutNowIfComplete);
  }

  private void sendTimeoutNowIfComplete(Peer target) {
    if (target.match() == log.lastIndex()) {
      raft.outbox.send(target.id, new Message.TimeoutNow(raft.term(), log.committed()));
    }
  }

  Optional<MemberId> bestSuccessor() {
    Peer best = null;
    for (Peer peer : peers) {
      boolean fit = raft.membership().isVoter(peer.id) && peer.wasActiveLately();
      if (fit && (best == null || peer.match() > best.match())) {
        best = peer;
      }
    }
    return best == null ? Optional.empty() : Optional.of(best.id);
  }

  void peerUnreachable(MemberId id) {
    peer(id).ifPresent(Peer::unreachable);
  }

  void snapshotReport(MemberId id, boolean delivered) {
    peer(id).ifPresent(peer -> peer.snapshotReported(delivered));
  }

  /// Goes on with the membership that has just taken effect. Those who left are told what is
  /// committed, so that they learn of their removal. A leader that left itself asks the best
  /// successor to take over at once.
  void membershipChanged() {
    for (Peer peer : peers) {
      if (!raft.membership().contains(peer.id)) {
        tellCommit(peer);
      }
    }
    meetPeers();
    maySend = true;
    if (!raft.membership().isVoter(config.self())) {
      resign();
      return;
    }
    if (!raft.membership().isVoter(transferTarget)) {
      transferTarget = MemberId.NONE;
    }
    maybeCommit();
    confirmReads();
  }

  private void resign() {
    peers.forEach(this::tellCommit);
    bestSuccessor().flatMap(this::peer).ifPresent(this::sendTimeoutNowIfComplete);
    raft.becomeFollower(raft.term(), MemberId.NONE);
  }

  /// Turns everything that has become possible into messages.
  void collect() {
    if (reads.isRoundDue() && hasCommittedInTerm()) {
      beginReadRound();
    }
    if (!maySend) {
      return;
    }
    maySend = false;
    sharedSlice = List.of();
    for (Peer peer : peers) {
      sendAppends(peer);
    }
    sharedSlice = List.of();
  }

  private void sendAppends(Peer peer) {
    switch (peer.progress()) {
      case Progress.Probing(long next, boolean awaitingReply) -> {
        if (!awaitingReply) {
          sendNext(peer, next);
        }
      }
      case Progress.Replicating(_, Window inFlight) -> {
        int sent = 0;
        while (peer.progress().next() <= log.lastIndex() && !inFlight.isFull()) {
          if (sent == MAX_APPENDS_AT_ONCE) {
            maySend = true;
            return;
          }
          if (!sendNext(peer, peer.progress().next())) {
            return;
          }
          sent++;
        }
        tellCommit(peer);
      }
      case Progress.Snapshotting _ -> {}
    }
  }

  /// Sends the entries from `next` on, or none if there are none. Returns false if they are gone
  /// and a snapshot takes their place.
  private boolean sendNext(Peer peer, long next) {
    long previousTerm = log.term(next - 1);
    if (previousTerm == LogView.UNKNOWN_TERM) {
      sendSnapshot(peer);
      return false;
    }
    List<Entry> entries = next <= log.lastIndex() ? slice(next) : List.of();
    if (entries.isEmpty() && next <= log.lastIndex()) {
      sendSnapshot(peer);
      return false;
    }
    sendAppend(peer, next - 1, entries);
    long bytes = 0;
    for (Entry entry : entries) {
      bytes += entry.size();
    }
    peer.sent(next - 1 + entries.size(), bytes);
    return true;
  }

  private List<Entry> slice(long from) {
    if (sharedSlice.isEmpty() || sharedSlice.getFirst().index() != from) {
      sharedSlice = log.slice(from, log.lastIndex() + 1, config.maxAppendBytes());
    }
    return sharedSlice;
  }

  private void sendAppend(Peer peer, long previousIndex, List<Entry> entries) {
    LogPosition previous = new LogPosition(log.term(previousIndex), previousIndex);
    Invariant.check(previous.term() != LogView.UNKNOWN_TERM, "what was sent has a term", previous);
    raft.outbox.send(peer.id, new Message.Append(raft.term(), previous, entries, log.committed()));
    peer.tellCommit(Math.min(previousIndex + entries.size(), log.committed()));
  }

  private void sendSnapshot(Peer peer) {
    if (!peer.wasActiveLately()) {
      return; // it could not take it; heartbeats show when it is back
    }
    LogPosition position = new LogPosition(log.term(log.applied()), log.applied());
    Invariant.check(
        position.term() != LogView.UNKNOWN_TERM && position.index() > 0,
        "there is a state to send",
        position);
    peer.snapshotting(position.index());
    Snapshot snapshot = new Snapshot(position, raft.membership());
    raft.outbox.send(peer.id, new Message.InstallSnapshot(raft.term(), snapshot));
  }

  private void tellCommit(Peer peer) {
    long commit = Math.min(peer.match(), log.committed());
    if (commit > peer.toldCommit()) {
      peer.tellCommit(commit);
      raft.outbox.send(peer.id, new Message.Commit(raft.term(), commit));
    }
  }

  @Override
  public void end() {
    reads.dropAll();
  }
}
