package io.kvorum.node.sim;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.EntryType;
import io.kvorum.node.core.raft.Envelope;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.Leadership;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Membership;
import io.kvorum.node.core.raft.MembershipChange;
import io.kvorum.node.core.raft.MemoryLog;
import io.kvorum.node.core.raft.Message;
import io.kvorum.node.core.raft.ProposeOutcome;
import io.kvorum.node.core.raft.Raft;
import io.kvorum.node.core.raft.RaftConfig;
import io.kvorum.node.core.raft.ReadIndexOutcome;
import io.kvorum.node.core.raft.ReadState;
import io.kvorum.node.core.raft.Ready;
import io.kvorum.node.core.raft.Restored;
import io.kvorum.node.core.raft.RoleName;
import io.kvorum.node.core.raft.Snapshot;
import io.kvorum.node.core.raft.Status;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One member: the real core, driven as a server drives it, over a simulated disk.
///
/// What is on the disk survives a crash: the log as far as it was synced, perhaps some writes more,
/// and the state as of its last flush.
final class SimulatedMember {
  /// What the apply stage is given.
  private sealed interface Work {
    record Entries(List<Entry> entries) implements Work {}

    record Install(State state) implements Work {}
  }

  final MemberId id;
  private final Simulation world;
  private final RandomGenerator random;
  private final MemoryLog disk;
  private State flushed;

  private final ArrayDeque<Ready> syncing = new ArrayDeque<>();
  private final ArrayDeque<Work> applying = new ArrayDeque<>();
  private final Map<LogPosition, State> received = new HashMap<>();
  private final Map<Long, Long> proposedTerms = new HashMap<>();
  private final Map<Long, Long> readFloors = new HashMap<>();
  private State state;
  private Raft raft;
  private boolean running = true;
  private boolean removed;
  private boolean syncUnderWay;
  private boolean applyUnderWay;
  private long pausedUntil;
  private long stalledUntil;
  private long checkedCommit;
  private long completeInTerm;
  private int confirmedReads;

  /// Counts lives: what was scheduled in an earlier one does not happen.
  private int life;

  SimulatedMember(MemberId id, State founding, Simulation world) {
    this.id = id;
    this.world = world;
    this.random = world.random;
    this.disk = new MemoryLog(founding.position());
    this.flushed = founding;
    this.state = founding;
    this.raft = newRaft();
    begin();
  }

  private Raft newRaft() {
    RaftConfig config = world.config(id);
    Restored restored = new Restored(disk.hardState(), flushed.position(), flushed.membership());
    return new Raft(config, restored, disk, random);
  }

  private void begin() {
    checkedCommit = flushed.position().index();
    completeInTerm = 0;
    scheduleTick();
    drain();
    stopIfRemoved();
  }

  boolean isRunning() {
    return running;
  }

  boolean isRemoved() {
    return removed;
  }

  State state() {
    return state;
  }

  Status status() {
    return raft.status();
  }

  private void scheduleTick() {
    later(
        random.nextInt(90, 111),
        () -> {
          raft.tick();
          drain();
          scheduleTick();
        });
  }

  /// Runs in this life only, and not while the process is paused.
  private void later(long delay, Runnable action) {
    int scheduledIn = life;
    world.schedule.in(delay, () -> runIfAlive(scheduledIn, action));
  }

  private void runIfAlive(int scheduledIn, Runnable action) {
    if (!running || life != scheduledIn) {
      return;
    }
    long wait = pausedUntil - world.schedule.now();
    if (wait > 0) {
      world.schedule.in(wait, () -> runIfAlive(scheduledIn, action));
    } else {
      action.run();
    }
  }

  // What comes from outside.

  void receive(MemberId from, Message message, @Nullable State content) {
    later(
        0,
        () -> {
          world.timeline.add(id, "from " + from, message);
          if (content != null) {
            received.put(content.position(), content);
          }
          raft.step(from, message);
          drain();
        });
  }

  void peerUnreachable(MemberId peer) {
    later(
        0,
        () -> {
          world.timeline.add(id, "cannot reach", peer);
          raft.peerUnreachable(peer);
          drain();
        });
  }

  private void snapshotReport(MemberId peer, boolean delivered) {
    later(
        random.nextInt(1, 100),
        () -> {
          world.timeline.add(id, "snapshot report " + delivered, peer);
          raft.snapshotReport(peer, delivered);
          drain();
        });
  }

  /// Returns whether it was accepted.
  boolean propose(List<byte[]> commands) {
    if (!isActing()) {
      return false;
    }
    ProposeOutcome outcome = raft.propose(commands);
    world.timeline.add(id, "proposes", outcome);
    boolean accepted = false;
    if (outcome instanceof ProposeOutcome.Accepted(long term, long first, long last)) {
      accepted = true;
      for (long index = first; index <= last; index++) {
        proposedTerms.put(index, term);
      }
    }
    drain();
    return accepted;
  }

  boolean proposeMembership(MembershipChange change) {
    if (!isActing()) {
      return false;
    }
    ProposeOutcome outcome = raft.proposeMembership(change);
    world.timeline.add(
        id, "proposes " + change.getClass().getSimpleName() + change.member(), outcome);
    drain();
    return outcome instanceof ProposeOutcome.Accepted;
  }

  boolean read(long contextId) {
    if (!isActing()) {
      return false;
    }
    long floor = world.oracle.highestCommit();
    if (world.bug == Bug.READS_WITHOUT_ROUND && raft.isLeader()) {
      confirmedReads++;
      world.oracle.readConfirmed(contextId, raft.status().commit(), floor);
      return true;
    }
    ReadIndexOutcome outcome = raft.readIndex(contextId);
    if (outcome instanceof ReadIndexOutcome.Accepted) {
      readFloors.put(contextId, floor);
    }
    drain();
    return outcome instanceof ReadIndexOutcome.Accepted;
  }

  void transferTo(MemberId target) {
    if (isActing()) {
      world.timeline.add(id, "transfers to " + target, raft.transferLeadership(target));
      drain();
    }
  }

  boolean isActing() {
    return running && pausedUntil <= world.schedule.now();
  }

  boolean isLeader() {
    return running && raft.isLeader();
  }

  // Faults.

  void pause(long duration) {
    world.timeline.add(id, "pauses for", duration);
    pausedUntil = world.schedule.now() + duration;
  }

  void stallDisk(long duration) {
    world.timeline.add(id, "disk stalls for", duration);
    stalledUntil = world.schedule.now() + duration;
  }

  /// The power fails: of the writes under way the first few may have reached the disk.
  void crash() {
    world.timeline.add(id, "crashes", disk.unsyncedWrites());
    running = false;
    life++;
    int surviving = random.nextInt(disk.unsyncedWrites() + 1);
    settleSnapshots(surviving);
    disk.crash(surviving);
    syncing.clear();
    applying.clear();
    received.clear();
    proposedTerms.clear();
    readFloors.clear();
    syncUnderWay = false;
    applyUnderWay = false;
    pausedUntil = 0;
  }

  /// A snapshot's content is durable before its write reaches the log, so it may be so without it.
  private void settleSnapshots(int surviving) {
    int position = 0;
    for (Ready ready : syncing) {
      Snapshot snapshot = ready.snapshot();
      if (snapshot != null && contentIsDurable(position, surviving)) {
        flush(received(snapshot));
      }
      position++;
    }
  }

  private boolean contentIsDurable(int position, int surviving) {
    if (world.bug == Bug.LEAVES_SNAPSHOT_VOLATILE) {
      return false;
    }
    return position < surviving || (position == surviving && random.nextBoolean());
  }

  private State received(Snapshot snapshot) {
    State content = received.get(snapshot.position());
    if (content == null) {
      throw new Invariant.Violation("a snapshot without content: " + snapshot);
    }
    return content;
  }

  void restart() {
    if (removed || running) {
      return;
    }
    world.timeline.add(id, "starts at", flushed.position());
    running = true;
    boolean logEndsBelow = disk.lastIndex() < flushed.position().index();
    boolean logDiffers =
        disk.firstIndex() - 1 <= flushed.position().index()
            && disk.term(flushed.position().index()) != flushed.position().term();
    if (logEndsBelow || logDiffers) {
      disk.restart(flushed.position());
    }
    state = flushed;
    raft = newRaft();
    begin();
  }

  /// All faults end, down to the last.
  void recover() {
    pausedUntil = 0;
    stalledUntil = 0;
    restart();
  }

  int confirmedReads() {
    return confirmedReads;
  }

  void compact() {
    long index = flushed.position().index();
    if (running && index >= disk.firstIndex()) {
      disk.compactTo(random.nextLong(disk.firstIndex(), index + 1));
    }
  }

  void flushState() {
    if (running) {
      flush(state);
    }
  }

  private void flush(State durable) {
    if (durable.position().index() > flushed.position().index()) {
      flushed = durable;
    }
  }

  // The driver.

  /// Does what the core has decided, until it has nothing more to say.
  private void drain() {
    while (raft.hasReady()) {
      perform(raft.ready());
    }
    observe();
  }

  private void perform(Ready ready) {
    world.timeline.add(id, "ready", ready);
    Leadership leadership = ready.leadership();
    if (leadership != null) {
      world.oracle.leads(id, leadership);
      if (leadership.role() == RoleName.LEADER) {
        completeInTerm = leadership.term();
      }
    }
    ready.messagesNow().forEach(this::send);
    if (ready.awaitsSync()) {
      write(ready);
    }
    apply(ready);
    ready.readStates().forEach(this::confirmRead);
    ready.readsDropped().forEach(readFloors::remove);
  }

  private void write(Ready ready) {
    Ready written = world.bug == Bug.FORGETS_VOTE ? withoutVote(ready) : ready;
    disk.write(written);
    syncing.add(ready);
    if (!ready.entries().isEmpty()) {
      long before = ready.entries().getFirst().index() - 1;
      world.oracle.appended(ready.entries(), disk.term(before));
    }
    if (world.bug == Bug.ANSWERS_BEFORE_SYNC) {
      ready.messagesAfterSync().forEach(this::send);
    }
    if (world.bug == Bug.ACKNOWLEDGES_UNCOMMITTED && raft.isLeader()) {
      ready.entries().forEach(world.oracle::acknowledged);
    }
    if (world.bug == Bug.REPORTS_SYNC_EARLY) {
      raft.synced(ready.number());
    }
    beginSync();
  }

  private static Ready withoutVote(Ready ready) {
    HardState hardState = ready.hardState();
    return new Ready(
        ready.number(),
        hardState == null
            ? null
            : new HardState(hardState.term(), MemberId.NONE, hardState.commit()),
        ready.entries(),
        ready.snapshot(),
        ready.messagesNow(),
        ready.messagesAfterSync(),
        ready.committed(),
        ready.readStates(),
        ready.readsDropped(),
        ready.leadership());
  }

  /// One sync takes everything written so far.
  private void beginSync() {
    if (syncUnderWay || syncing.isEmpty()) {
      return;
    }
    syncUnderWay = true;
    long upTo = syncing.getLast().number();
    long stall = Math.max(0, stalledUntil - world.schedule.now());
    later(stall + random.nextInt(1, world.maxSyncDelay() + 1), () -> endSync(upTo));
  }

  private void endSync(long upTo) {
    syncUnderWay = false;
    while (!syncing.isEmpty() && syncing.element().number() <= upTo) {
      Ready ready = syncing.remove();
      Snapshot snapshot = ready.snapshot();
      if (snapshot != null && world.bug != Bug.LEAVES_SNAPSHOT_VOLATILE) {
        flush(received(snapshot));
      }
      disk.sync(ready.number());
      if (world.bug != Bug.ANSWERS_BEFORE_SYNC) {
        ready.messagesAfterSync().forEach(this::send);
      }
    }
    if (world.bug != Bug.REPORTS_SYNC_EARLY) {
      raft.synced(upTo);
    }
    beginSync();
    drain();
  }

  private void apply(Ready ready) {
    Snapshot snapshot = ready.snapshot();
    if (snapshot != null) {
      applying.add(new Work.Install(received(snapshot)));
    }
    if (!ready.committed().isEmpty()) {
      applying.add(new Work.Entries(ready.committed()));
    }
    beginApply();
  }

  private void beginApply() {
    if (!applyUnderWay && !applying.isEmpty()) {
      applyUnderWay = true;
      later(random.nextInt(1, 50), this::endApply);
    }
  }

  private void endApply() {
    applyUnderWay = false;
    switch (applying.remove()) {
      case Work.Install(State installed) -> install(installed);
      case Work.Entries(List<Entry> entries) -> entries.forEach(this::apply);
    }
    raft.applied(state.position().index());
    beginApply();
    drain();
    stopIfRemoved();
  }

  private void install(State installed) {
    if (installed.position().index() > state.position().index()) {
      state = installed;
    }
  }

  private void apply(Entry entry) {
    check(entry.index() == state.position().index() + 1, "applied in order", entry);
    State before = state;
    Membership membership = before.membership();
    if (entry.type() == EntryType.MEMBERSHIP) {
      membership = change(MembershipChange.decode(entry.data()));
    }
    state = before.after(entry, membership);
    world.oracle.applied(entry, before, state);
    Long proposedTerm = proposedTerms.remove(entry.index());
    if (proposedTerm != null && proposedTerm == entry.term()) {
      world.oracle.acknowledged(entry);
    }
  }

  private Membership change(MembershipChange change) {
    Membership before = state.membership();
    if (before.problemWith(change).isPresent()) {
      return before;
    }
    boolean skipped = world.bug == Bug.FOLLOWERS_SKIP_MEMBERSHIP && !raft.isLeader();
    return skipped ? before.after(change) : raft.applyMembership(change);
  }

  /// A member that has applied its own removal stays until a majority of those who remain have it
  /// on disk: before that they may count on its vote.
  private void stopIfRemoved() {
    boolean wasMember = !state.membership().voters().isEmpty();
    if (!wasMember || state.membership().contains(id)) {
      return;
    }
    if (world.canSpare(id, state)) {
      world.timeline.add(id, "was removed and stops", "");
      flush(state);
      removed = true;
      running = false;
      life++;
    } else {
      later(random.nextInt(50, 500), this::stopIfRemoved);
    }
  }

  /// Whether it will know of this membership after a crash.
  boolean remembers(long index) {
    return disk.hardState().commit() >= index || flushed.position().index() >= index;
  }

  private void confirmRead(ReadState read) {
    Long floor = readFloors.remove(read.contextId());
    check(floor != null, "a read was asked for", read);
    if (floor != null) {
      confirmedReads++;
      world.oracle.readConfirmed(read.contextId(), read.index(), floor);
    }
  }

  private void send(Envelope envelope) {
    Message message = envelope.message();
    if (message instanceof Message.VoteReply(long term, boolean granted) && granted) {
      world.oracle.voted(id, term, envelope.to());
    }
    if (message instanceof Message.InstallSnapshot install) {
      sendSnapshot(envelope.to(), install);
      return;
    }
    MemberId to = envelope.to();
    world.network.send(id, to, () -> world.deliver(id, to, message, null), () -> {});
  }

  /// The content is of now: at least as new as the message says, and the message is made to agree.
  private void sendSnapshot(MemberId to, Message.InstallSnapshot install) {
    State content = state;
    long asked = install.snapshot().position().index();
    check(content.position().index() >= asked, "the state is as new as the snapshot", install);
    Snapshot actual = new Snapshot(content.position(), content.membership());
    Message message = new Message.InstallSnapshot(install.term(), actual);
    world.network.send(
        id,
        to,
        () -> {
          boolean arrived = world.deliver(id, to, message, content);
          snapshotReport(to, arrived && random.nextInt(10) > 0);
        },
        () -> snapshotReport(to, random.nextInt(10) == 0));
  }

  // What the oracle wants to know.

  private void observe() {
    Status status = raft.status();
    check(status.commit() >= checkedCommit, "the commit index does not fall", status);
    long visible = Math.min(status.commit(), disk.lastIndex());
    boolean inOneHistory = status.issuedIndex() == status.lastIndex();
    if (inOneHistory && visible > checkedCommit) {
      world.oracle.committed(checkedCommit + 1, visible, status.leadership().term(), disk);
      checkedCommit = visible;
    }
    if (completeInTerm == status.leadership().term() && raft.isLeader() && inOneHistory) {
      world.oracle.elected(id, completeInTerm, disk);
      completeInTerm = 0;
    }
  }

  private static void check(boolean holds, String property, Object detail) {
    Invariant.check(holds, property, detail);
  }
}
