package io.kvorum.node.core.replica;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.Envelope;
import io.kvorum.node.core.raft.Leadership;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.MembershipChange;
import io.kvorum.node.core.raft.Message;
import io.kvorum.node.core.raft.ProposeOutcome;
import io.kvorum.node.core.raft.Raft;
import io.kvorum.node.core.raft.ReadIndexOutcome;
import io.kvorum.node.core.raft.ReadState;
import io.kvorum.node.core.raft.Ready;
import io.kvorum.node.core.raft.RoleName;
import io.kvorum.node.core.raft.Snapshot;
import io.kvorum.node.core.raft.Status;
import io.kvorum.node.core.raft.TransferOutcome;
import io.kvorum.node.core.replica.Proposals.Origin;
import io.kvorum.node.core.replica.Proposals.Waiting;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The agreement stage of a member: joins consensus with the requests of callers, the log stage,
/// the apply stage and the other members.
///
/// One thread drives it: it gives all inputs that wait, in any order, then calls [#advance] once.
/// Inputs only note what happened or hand it to consensus; `advance` proposes what waits as one
/// batch, starts a read round, and carries out the Readies that consensus produces. All effects go
/// through the ports [Stages], [Outbox], [Answers] and [ReplicaEvents].
///
/// A caller's command takes this way: [#accept] queues it, `advance` appends it to the leader's log
/// or forwards it to the leader, and when its entry is committed here the apply stage gets it
/// together with the caller, and answers. What was sent to a leader and is not committed by the
/// deadline has an unknown fate; the caller is told so. What was never sent waits for a leader.
public final class Replica {
  /// One advance carries out at most so many Readies, so that new inputs are not kept waiting.
  private static final int MAX_READIES = 16;

  /// Commands of one proposal or one forwarded message.
  private static final int MAX_BATCH_COMMANDS = 4_096;

  /// Their bytes, unless one alone has more.
  private static final long MAX_BATCH_BYTES = 1 << 20;

  /// A leader looks at its members' progress this often, in election timeouts.
  private static final int SNAPSHOT_PATIENCE_ELECTIONS = 3;

  private final ReplicaConfig config;
  private final Raft raft;
  private final RequestIds ids;
  private final Stages stages;
  private final Outbox outbox;
  private final Answers answers;
  private final ReplicaEvents events;
  private final Publication publication;
  private final long session;

  private final Proposals proposals = new Proposals();
  private final ReadRounds reads = new ReadRounds();
  private final PeerContacts contacts = new PeerContacts();
  private final ForwardGuard forwards = new ForwardGuard();
  private final ArrayDeque<Move> moves = new ArrayDeque<>();
  private final ArrayDeque<Unsent> unsent = new ArrayDeque<>();

  private Cluster cluster;
  private Leadership leadership;
  private int featureLevel;
  private long tick;
  private long leaderSince;
  private long forwardSequence;
  private long firstOfTerm = Long.MAX_VALUE;
  private @Nullable SnapshotOffer fetching;
  private boolean dutyUnderWay;
  private boolean removed;

  /// What members that are gone may have known to be committed when this one became the only one.
  private long knownToOthers;

  private boolean stopped;

  /// Invariant: applied ≤ dispatched.
  private long applied;

  private long lastCut;

  /// The highest index handed to the apply stage.
  private long dispatched;

  private record Move(MemberId target, Caller caller, long deadline) {}

  /// Messages that wait until a Ready is durable.
  private record Unsent(long number, List<Envelope> messages) {}

  /// A request of the replica itself. Who answers one on another thread gives the answer back by
  /// [#ownAnswer].
  public record OwnRequest(Purpose purpose) implements Caller {
    /// What for.
    public enum Purpose {
      PUBLISH,
      DUTY
    }
  }

  /// What a replica starts with.
  ///
  /// @param applied the index that the state machine has applied
  /// @param attributes what this member publishes
  public record Start(
      Cluster cluster, long applied, int featureLevel, MemberRecord.Attributes attributes) {}

  /// What a replica acts on.
  public record Ports(Stages stages, Outbox outbox, Answers answers, ReplicaEvents events) {}

  public Replica(ReplicaConfig config, Raft raft, RequestIds ids, Start start, Ports ports) {
    this.config = config;
    this.raft = raft;
    this.ids = ids;
    this.session = ids.next();
    this.cluster = start.cluster();
    this.applied = start.applied();
    this.dispatched = start.applied();
    this.featureLevel = start.featureLevel();
    this.leadership = raft.status().leadership();
    this.publication = new Publication(config.self(), start.attributes());
    this.stages = ports.stages();
    this.outbox = ports.outbox();
    this.answers = ports.answers();
    this.events = ports.events();
    this.removed = cluster.isRemoved(config.self());
  }

  // ---- Inputs

  /// Takes a request.
  public void accept(Request request) {
    if (stopped) {
      answer(request.caller(), new Answer.Stopped());
      return;
    }
    switch (request) {
      case Request.Proposal proposal -> propose(proposal);
      case Request.Read read -> read(read.caller());
      case Request.ChangeMembership change -> changeMembership(change);
      case Request.MoveLeadership move -> moveLeadership(move);
    }
  }

  private void propose(Request.Proposal proposal) {
    if (isFull()) {
      answer(proposal.caller(), new Answer.TooManyRequests());
      return;
    }
    proposals.add(
        new Waiting(
            proposal.id(),
            proposal.command(),
            null,
            proposal.onlyInTerm(),
            tick,
            tick + config.requestTicks(),
            new Origin.Here(proposal.caller())));
  }

  private boolean isFull() {
    return proposals.size() >= config.maxPendingRequests()
        || proposals.bytes() >= config.maxPendingBytes()
        || dispatched - applied > config.maxUnapplied();
  }

  private void read(Caller caller) {
    if (reads.size() >= config.maxPendingRequests()) {
      answer(caller, new Answer.TooManyRequests());
      return;
    }
    reads.add(caller, tick + config.requestTicks());
  }

  private void changeMembership(Request.ChangeMembership change) {
    Optional<MembershipRefusal> refusal = refusal(change.what());
    if (refusal.isPresent()) {
      answer(change.caller(), new Answer.MembershipRefused(refusal.get()));
    } else if (isFull()) {
      answer(change.caller(), new Answer.TooManyRequests());
    } else {
      proposals.add(
          new Waiting(
              change.id(),
              MemberCodec.change(change.id(), config.maxLearners(), change.what()).encode(),
              change.what(),
              0,
              tick,
              tick + config.requestTicks(),
              new Origin.Here(change.caller())));
    }
  }

  private Optional<MembershipRefusal> refusal(MembershipRequest request) {
    if (request instanceof MembershipRequest.Promote promote) {
      Optional<MembershipRefusal> refusal = promotionRefusal(promote);
      if (refusal.isPresent()) {
        return refusal;
      }
    }
    return config.strictReconfiguration()
        ? new ReconfigurationRules(cluster, config.self(), healthyContacts()).refusal(request)
        : Optional.empty();
  }

  private Optional<MembershipRefusal> promotionRefusal(MembershipRequest.Promote promote) {
    if (!raft.isLeader()) {
      return Optional.of(MembershipRefusal.NOT_LEADER);
    }
    Optional<MembershipRefusal> unfit = cluster.refusal(promote, config.maxLearners());
    if (unfit.isPresent()) {
      return unfit;
    }
    Status status = raft.status();
    boolean ready =
        status.peers().stream()
            .filter(peer -> peer.id().equals(promote.member()))
            .anyMatch(peer -> ReconfigurationRules.isReady(peer.match(), status.syncedIndex()));
    return ready ? Optional.empty() : Optional.of(MembershipRefusal.LEARNER_NOT_READY);
  }

  private ReconfigurationRules.Contacts healthyContacts() {
    long healthySince = tick - config.healthTicks();
    return new ReconfigurationRules.Contacts() {
      @Override
      public boolean held(MemberId member) {
        return contacts.heldSince(member, healthySince);
      }

      @Override
      public boolean down(MemberId member) {
        return !contacts.isConnected(member);
      }
    };
  }

  private void moveLeadership(Request.MoveLeadership move) {
    switch (raft.transferLeadership(move.target())) {
      case TransferOutcome.Started _, TransferOutcome.InProgress _ ->
          moves.add(new Move(move.target(), move.caller(), tick + config.requestTicks()));
      case TransferOutcome.AlreadyLeader _ -> answer(move.caller(), new Answer.LeadershipMoved());
      case TransferOutcome.NotLeader _ -> answer(move.caller(), new Answer.NotLeader());
      case TransferOutcome.NotVoter _ -> answer(move.caller(), new Answer.BadTransferee());
    }
  }

  /// A message of another member has arrived.
  public void receive(MemberId from, PeerMessage message) {
    if (stopped) {
      return;
    }
    switch (message) {
      case PeerMessage.Consensus(Message.InstallSnapshot(long term, Snapshot snapshot)) ->
          offered(new SnapshotOffer(from, term, snapshot));
      case PeerMessage.Consensus(Message consensus) -> raft.step(from, consensus);
      case PeerMessage.Forward forward -> forwarded(from, forward);
      case PeerMessage.ForwardMembership forward -> forwarded(from, forward);
      case PeerMessage.NotProposed(long sequence, List<Long> requestIds) ->
          requestIds.reversed().forEach(id -> proposals.again(id, sequence));
      case PeerMessage.ChangeRefused(long requestId, MembershipRefusal reason) ->
          changeRefused(requestId, reason);
      case PeerMessage.SnapshotFailed _ -> raft.snapshotReport(from, false);
    }
  }

  private void forwarded(MemberId from, PeerMessage.Forward forward) {
    if (!forwards.isFirst(from, forward.session(), forward.sequence())) {
      return;
    }
    for (byte[] command : forward.commands()) {
      proposals.add(
          foreign(
              new Origin.Peer(from, forward.sequence()),
              CommandCodec.requestId(command),
              command,
              null));
    }
  }

  private void forwarded(MemberId from, PeerMessage.ForwardMembership forward) {
    if (!forwards.isFirst(from, forward.session(), forward.sequence())) {
      return;
    }
    MemberCodec.Asked asked = MemberCodec.asked(MembershipChange.decode(forward.change()));
    proposals.add(
        foreign(
            new Origin.Peer(from, forward.sequence()),
            asked.requestId(),
            forward.change(),
            asked.request()));
  }

  private Waiting foreign(
      Origin.Peer origin, long id, byte[] data, @Nullable MembershipRequest change) {
    return new Waiting(id, data, change, 0, tick, tick + config.requestTicks(), origin);
  }

  private void changeRefused(long requestId, MembershipRefusal reason) {
    Caller caller = proposals.take(requestId);
    if (caller != null) {
      answer(caller, new Answer.MembershipRefused(reason));
    }
  }

  private void offered(SnapshotOffer offer) {
    boolean stale = offer.term() < leadership.term();
    boolean needless = offer.snapshot().position().index() <= dispatched;
    if (fetching == null && !stale && !needless) {
      fetching = offer;
      stages.fetch(offer);
    } else if (needless) {
      raft.step(offer.from(), new Message.InstallSnapshot(offer.term(), offer.snapshot()));
    }
  }

  /// The content of an offered snapshot is here, complete and checked.
  ///
  /// @param content what it truly holds: at least what was offered
  public void snapshotFetched(SnapshotOffer offer, Snapshot content) {
    fetching = null;
    if (!stopped) {
      raft.step(offer.from(), new Message.InstallSnapshot(offer.term(), content));
    }
  }

  public void snapshotFailed(SnapshotOffer offer) {
    fetching = null;
    outbox.send(offer.from(), new PeerMessage.SnapshotFailed());
  }

  /// All Readies up to this number are durable.
  public void synced(long readyNumber) {
    while (!unsent.isEmpty() && unsent.getFirst().number() <= readyNumber) {
      send(unsent.removeFirst().messages());
    }
    raft.synced(readyNumber);
  }

  /// The apply stage has come to this index, and all up to it that [#applied(AppliedReport)] must
  /// tell has been told.
  public void applied(long index) {
    if (index > applied) {
      Invariant.check(index <= dispatched, "applied is not ahead of committed", index, dispatched);
      applied = index;
      raft.applied(index);
      answerAll(reads.takeUpTo(applied), new Answer.ReadReady());
    }
  }

  /// The apply stage has applied entries that change who the members are or what they can do.
  public void applied(AppliedReport report) {
    for (MembershipChange change : report.changes()) {
      raft.applyMembership(change);
    }
    if (cluster.members().size() > 1 && report.cluster().members().size() == 1) {
      knownToOthers = raft.status().commit();
    }
    cluster = report.cluster();
    featureLevel = report.featureLevel();
    applied(report.index());
    events.clusterChanged(cluster);
    if (cluster.isRemoved(config.self()) && !removed) {
      removed = true;
      events.removed();
    }
  }

  /// The state is durable up to this index: the log may be cut there, but for what slow followers
  /// may still ask for.
  public void flushed(long index) {
    long cut = Math.min(index, applied - config.catchUpEntries());
    if (cut > lastCut && !(raft.isLeader() && isSnapshotUnderWay())) {
      lastCut = cut;
      stages.log(new LogWork.Cut(cut));
    }
  }

  private boolean isSnapshotUnderWay() {
    return cluster.members().keySet().stream()
        .anyMatch(id -> !id.equals(config.self()) && outbox.transfersSnapshotTo(id));
  }

  /// A connection to a member stands.
  public void connected(MemberId peer) {
    contacts.connected(peer, tick);
  }

  /// No connection to a member stands any more.
  public void disconnected(MemberId peer) {
    contacts.disconnected(peer);
    peerUnreachable(peer);
  }

  /// Messages to a member were lost.
  public void peerUnreachable(MemberId peer) {
    if (!stopped) {
      raft.peerUnreachable(peer);
    }
  }

  /// Time passes.
  public void tick() {
    if (stopped) {
      return;
    }
    tick++;
    raft.tick();
    expire();
    publish();
    doDuties();
    if (raft.isLeader()
        && tick % ((long) SNAPSHOT_PATIENCE_ELECTIONS * config.electionTicks()) == 0) {
      giveUpLostSnapshots();
    }
  }

  private void expire() {
    proposals.takeExpired(tick, this::timeOut);
    answerAll(reads.takeExpired(tick), new Answer.TimedOut(Answer.Cause.UNKNOWN));
    while (!moves.isEmpty() && moves.getFirst().deadline() <= tick) {
      answer(moves.removeFirst().caller(), new Answer.TransferTimedOut());
    }
  }

  private void timeOut(Waiting waiting) {
    if (waiting.origin instanceof Origin.Here(Caller caller)) {
      answer(
          caller,
          waiting.proposed
              ? new Answer.TimedOut(causeOfTimeout(waiting.arrived))
              : new Answer.NeverProposed());
    }
  }

  private Answer.Cause causeOfTimeout(long arrived) {
    long leaderLost = leaderSince - 2L * config.electionTicks();
    if (arrived > leaderLost && arrived < leaderSince) {
      return Answer.Cause.LEADER_FAILED;
    }
    boolean connected =
        raft.isLeader()
            ? isConnectedToQuorumSince(arrived)
            : leadership.leader().isNone() || contacts.heldSince(leadership.leader(), arrived);
    return connected ? Answer.Cause.UNKNOWN : Answer.Cause.CONNECTION_LOST;
  }

  private boolean isConnectedToQuorumSince(long since) {
    var voters = cluster.membership();
    long held =
        voters.voters().stream()
            .filter(id -> id.equals(config.self()) || contacts.heldSince(id, since))
            .count();
    return held >= voters.quorum();
  }

  private void publish() {
    if (publication.isDone() || leadership.leader().isNone()) {
      return;
    }
    switch (publication.next(cluster)) {
      case NOTHING -> {}
      case PROPOSE -> proposeOwn(attributesCommand(), 0, OwnRequest.Purpose.PUBLISH);
      case READ -> read(new OwnRequest(OwnRequest.Purpose.PUBLISH));
    }
  }

  private Command attributesCommand() {
    MemberRecord.Attributes own = publication.attributes();
    return new Command.MemberAttributes(
        config.self().value(), own.name(), own.clientUrls(), own.apiVersion(), own.featureLevel());
  }

  private void doDuties() {
    if (dutyUnderWay || !raft.isLeader()) {
      return;
    }
    LeaderDuties.next(cluster, featureLevel)
        .ifPresent(command -> {
          dutyUnderWay = true;
          proposeOwn(command, leadership.term(), OwnRequest.Purpose.DUTY);
        });
  }

  private void proposeOwn(Command command, long onlyInTerm, OwnRequest.Purpose purpose) {
    long id = ids.next();
    accept(
        new Request.Proposal(
            id, CommandCodec.encode(id, command), onlyInTerm, new OwnRequest(purpose)));
  }

  private void giveUpLostSnapshots() {
    for (Status.PeerStatus peer : raft.status().peers()) {
      if (peer.state() == Status.State.SNAPSHOTTING && !outbox.transfersSnapshotTo(peer.id())) {
        raft.snapshotReport(peer.id(), false);
      }
    }
  }

  /// Refuses everything from now on, and answers everybody who waits.
  public void stop() {
    stopped = true;
    answerAll(proposals.takeAll(), new Answer.Stopped());
    answerAll(reads.takeExpired(Long.MAX_VALUE), new Answer.Stopped());
    moves.forEach(move -> answer(move.caller(), new Answer.Stopped()));
    moves.clear();
  }

  /// Hands leadership to the member most likely to take it quickly, if this one leads and there is
  /// one; tells whether a transfer is under way.
  public boolean maybeHandOver() {
    return raft.isLeader()
        && raft.bestSuccessor()
            .map(raft::transferLeadership)
            .filter(TransferOutcome.Started.class::isInstance)
            .isPresent();
  }

  // ---- Acting on them

  /// Acts on the inputs so far.
  public void advance() {
    if (stopped) {
      return;
    }
    if (!proposals.isIdle()) {
      proposeWaiting();
    }
    if (reads.wantsRound()) {
      startReadRound();
    }
    for (int i = 0; i < MAX_READIES && raft.hasReady(); i++) {
      perform(raft.ready());
    }
  }

  /// Whether [#advance] has more to do without any new input.
  public boolean hasMore() {
    return !stopped && raft.hasReady();
  }

  private void proposeWaiting() {
    if (raft.isLeader()) {
      proposeCommands();
      proposeChanges();
    } else {
      returnForeign(proposals.commands());
      returnForeign(proposals.changes());
      refuseLeadersOwn(proposals.commands());
      MemberId leader = leadership.leader();
      if (!leader.isNone() && !leader.equals(config.self()) && contacts.isConnected(leader)) {
        forwardCommands(leader);
        forwardChanges(leader);
      }
    }
  }

  private void proposeCommands() {
    ArrayDeque<Waiting> queue = proposals.commands();
    while (!queue.isEmpty()) {
      var batch = new ArrayList<Waiting>();
      List<byte[]> commands = takeBatch(queue, batch);
      if (commands.isEmpty()) {
        return;
      }
      if (!(raft.propose(commands) instanceof ProposeOutcome.Accepted)) {
        putBack(queue, batch);
        return;
      }
    }
  }

  /// Moves a batch out of the queue and notes it as proposed.
  private List<byte[]> takeBatch(ArrayDeque<Waiting> queue, List<Waiting> batch) {
    var commands = new ArrayList<byte[]>(Math.min(queue.size(), MAX_BATCH_COMMANDS));
    long bytes = 0;
    while (!queue.isEmpty() && commands.size() < MAX_BATCH_COMMANDS) {
      Waiting waiting = queue.getFirst();
      if (waiting.done) {
        queue.removeFirst();
        continue;
      }
      if (waiting.onlyInTerm != 0 && !leadsIn(waiting.onlyInTerm)) {
        queue.removeFirst();
        refuseNotLeader(waiting);
        continue;
      }
      bytes += waiting.data.length;
      if (bytes > MAX_BATCH_BYTES && !commands.isEmpty()) {
        break;
      }
      queue.removeFirst();
      waiting.proposed = true;
      waiting.forwardedAs = 0;
      batch.add(waiting);
      commands.add(waiting.data);
    }
    return commands;
  }

  private static void putBack(ArrayDeque<Waiting> queue, List<Waiting> batch) {
    for (Waiting waiting : batch.reversed()) {
      waiting.proposed = false;
      queue.addFirst(waiting);
    }
  }

  private boolean leadsIn(long term) {
    return raft.isLeader() && raft.status().leadership().term() == term;
  }

  private void refuseNotLeader(Waiting waiting) {
    Caller caller = proposals.take(waiting.id);
    if (caller != null) {
      answer(caller, new Answer.NotLeader());
    }
  }

  private void refuseLeadersOwn(ArrayDeque<Waiting> queue) {
    Iterator<Waiting> all = queue.iterator();
    while (all.hasNext()) {
      Waiting waiting = all.next();
      if (waiting.onlyInTerm != 0) {
        all.remove();
        refuseNotLeader(waiting);
      }
    }
  }

  private void proposeChanges() {
    ArrayDeque<Waiting> queue = proposals.changes();
    while (!queue.isEmpty()) {
      Waiting waiting = queue.getFirst();
      if (!waiting.done) {
        switch (raft.proposeMembership(MembershipChange.decode(waiting.data))) {
          case ProposeOutcome.Accepted _ -> {
            waiting.proposed = true;
            waiting.forwardedAs = 0;
          }
          case ProposeOutcome.Unfit _ -> refuseUnfit(waiting);
          case ProposeOutcome.ChangePending _,
              ProposeOutcome.NotLeader _,
              ProposeOutcome.TooManyRequests _,
              ProposeOutcome.TransferInProgress _ -> {
            return;
          }
        }
      }
      queue.removeFirst();
    }
  }

  private void refuseUnfit(Waiting waiting) {
    MembershipRefusal reason =
        Optional.ofNullable(waiting.change)
            .flatMap(change -> cluster.refusal(change, config.maxLearners()))
            .orElse(MembershipRefusal.MEMBER_NOT_FOUND);
    switch (waiting.origin) {
      case Origin.Here _ -> changeRefused(waiting.id, reason);
      case Origin.Peer(MemberId from, long _) ->
          outbox.send(from, new PeerMessage.ChangeRefused(waiting.id, reason));
    }
  }

  /// What others sent to this member as the leader, which it is not: they shall send it again.
  private void returnForeign(ArrayDeque<Waiting> queue) {
    var returned = new LinkedHashMap<Origin.Peer, List<Long>>();
    Iterator<Waiting> all = queue.iterator();
    while (all.hasNext()) {
      Waiting waiting = all.next();
      if (waiting.origin instanceof Origin.Peer peer) {
        all.remove();
        returned.computeIfAbsent(peer, _ -> new ArrayList<>()).add(waiting.id);
      }
    }
    returned.forEach(
        (peer, ids) -> outbox.send(peer.from(), new PeerMessage.NotProposed(peer.sequence(), ids)));
  }

  private void forwardCommands(MemberId leader) {
    ArrayDeque<Waiting> queue = proposals.commands();
    while (!queue.isEmpty()) {
      var batch = new ArrayList<Waiting>();
      List<byte[]> commands = takeBatch(queue, batch);
      if (!commands.isEmpty()) {
        batch.forEach(waiting -> waiting.forwardedAs = forwardSequence + 1);
        outbox.send(leader, new PeerMessage.Forward(session, ++forwardSequence, commands));
      }
    }
  }

  private void forwardChanges(MemberId leader) {
    ArrayDeque<Waiting> queue = proposals.changes();
    while (!queue.isEmpty()) {
      Waiting waiting = queue.removeFirst();
      if (!waiting.done) {
        waiting.proposed = true;
        waiting.forwardedAs = forwardSequence + 1;
        outbox.send(
            leader, new PeerMessage.ForwardMembership(session, ++forwardSequence, waiting.data));
      }
    }
  }

  private void startReadRound() {
    long contextId = ids.next();
    switch (raft.readIndex(contextId)) {
      case ReadIndexOutcome.Accepted _ -> reads.start(contextId);
      case ReadIndexOutcome.NoLeader _, ReadIndexOutcome.TooManyRequests _ -> {}
    }
  }

  private void perform(Ready ready) {
    if (ready.leadership() != null) {
      follow(ready.leadership());
    }
    send(ready.messagesNow());
    if (ready.snapshot() != null) {
      restore(ready.snapshot());
    }
    if (ready.awaitsSync()) {
      unsent.addLast(new Unsent(ready.number(), ready.messagesAfterSync()));
      stages.log(
          new LogWork.Persist(
              ready.number(), ready.snapshot(), ready.hardState(), ready.entries()));
    }
    if (!ready.committed().isEmpty()) {
      dispatch(ready.committed());
    }
    for (ReadState state : ready.readStates()) {
      reads.confirmed(state.contextId(), state.index());
    }
    ready.readsDropped().forEach(reads::dropped);
    releaseReads();
  }

  private void follow(Leadership now) {
    boolean otherLeader =
        !now.leader().equals(leadership.leader()) || now.term() != leadership.term();
    leadership = now;
    if (otherLeader) {
      leaderSince = tick;
      firstOfTerm = Long.MAX_VALUE;
      dutyUnderWay = false;
    }
    Iterator<Move> waiting = moves.iterator();
    while (waiting.hasNext()) {
      Move move = waiting.next();
      if (move.target().equals(now.leader())) {
        waiting.remove();
        answer(move.caller(), new Answer.LeadershipMoved());
      }
    }
    events.leadershipChanged(now);
  }

  private void send(List<Envelope> messages) {
    for (Envelope envelope : messages) {
      outbox.send(envelope.to(), new PeerMessage.Consensus(envelope.message()));
    }
  }

  private void restore(Snapshot snapshot) {
    dispatched = snapshot.position().index();
    stages.apply(new ApplyWork.Restore(snapshot));
  }

  private void dispatch(List<Entry> committed) {
    var callers = new ArrayList<@Nullable Caller>(committed.size());
    for (Entry entry : committed) {
      Invariant.check(
          entry.index() == dispatched + 1, "commits follow one another", entry.index(), dispatched);
      dispatched = entry.index();
      if (entry.term() == leadership.term() && dispatched < firstOfTerm) {
        firstOfTerm = dispatched;
      }
      callers.add(proposals.size() == 0 ? null : callerOf(entry));
    }
    stages.apply(new ApplyWork.Entries(committed, callers));
  }

  private @Nullable Caller callerOf(Entry entry) {
    return switch (entry.type()) {
      case EMPTY -> null;
      case COMMAND -> proposals.take(CommandCodec.requestId(entry.data()));
      case MEMBERSHIP ->
          proposals.take(MemberCodec.asked(MembershipChange.decode(entry.data())).requestId());
    };
  }

  /// Confirmed readers go on at once if their index is applied, and through the apply stage if it
  /// is on its way there; the others wait for the commit.
  private void releaseReads() {
    answerAll(reads.takeUpTo(applied), new Answer.ReadReady());
    List<Caller> behindApply = reads.takeUpTo(dispatched);
    if (!behindApply.isEmpty()) {
      stages.apply(new ApplyWork.Reads(behindApply));
    }
  }

  private void answerAll(List<Caller> callers, Answer answer) {
    for (Caller caller : callers) {
      answer(caller, answer);
    }
  }

  private void answer(Caller caller, Answer answer) {
    if (caller instanceof OwnRequest own) {
      ownAnswer(own, answer);
    } else {
      answers.answer(caller, answer);
    }
  }

  /// The answer to a request of the replica itself.
  public void ownAnswer(OwnRequest own, Answer answer) {
    switch (own.purpose()) {
      case DUTY -> dutyUnderWay = false;
      case PUBLISH -> {
        if (publication.ended(answer, cluster)) {
          events.published();
        }
      }
    }
  }

  // ---- What others may know

  /// Whether this member leads alone and so can read without asking anybody: it is the only member,
  /// and its state holds an entry of its term, hence everything acknowledged before. A learner
  /// beside it would spoil that: it may apply a write, and answer who asked for it, before its
  /// leader does. So may a member that was just removed, with what it knew to be committed.
  public boolean readsAlone() {
    return leadership.role() == RoleName.LEADER
        && raft.isLeader()
        && applied >= firstOfTerm
        && applied >= knownToOthers
        && cluster.members().size() == 1
        && cluster.isVoter(config.self());
  }

  public Leadership leadership() {
    return leadership;
  }

  public Cluster cluster() {
    return cluster;
  }

  /// The highest committed index handed to the apply stage.
  public long committed() {
    return dispatched;
  }

  public int pendingRequests() {
    return proposals.size();
  }

  public Status status() {
    return raft.status();
  }
}
