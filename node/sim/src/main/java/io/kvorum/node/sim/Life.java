package io.kvorum.node.sim;

import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Committed;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.MemoryStore;
import io.kvorum.node.core.kv.NamedRecord;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.lease.Lessor;
import io.kvorum.node.core.lease.TickGaps;
import io.kvorum.node.core.log.Alignment;
import io.kvorum.node.core.log.Log;
import io.kvorum.node.core.log.LogIdentity;
import io.kvorum.node.core.log.LogOptions;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.Leadership;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Message;
import io.kvorum.node.core.raft.Raft;
import io.kvorum.node.core.raft.Restored;
import io.kvorum.node.core.raft.RoleName;
import io.kvorum.node.core.raft.Snapshot;
import io.kvorum.node.core.raft.Status;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Answers;
import io.kvorum.node.core.replica.ApplyWork;
import io.kvorum.node.core.replica.Caller;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.core.replica.LogWork;
import io.kvorum.node.core.replica.MemberRecord;
import io.kvorum.node.core.replica.Outbox;
import io.kvorum.node.core.replica.PeerMessage;
import io.kvorum.node.core.replica.Replica;
import io.kvorum.node.core.replica.ReplicaEvents;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.core.replica.RequestIds;
import io.kvorum.node.core.replica.SnapshotOffer;
import io.kvorum.node.core.replica.Stages;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One life of a member's process: the real replica, log and state machine, driven as the server
/// drives them, in three stages that take turns as the schedule says.
final class Life implements Stages, Outbox, Answers, ReplicaEvents {
  private static final LogPosition FOUNDED = new LogPosition(1, 1);
  private static final long CLUSTER_ID = 0xc1;

  /// The tick of the fastest clock; a hundred is a true one.
  static final int MIN_TICK_UNITS = 85;

  private static final int MAX_TICK_UNITS = 117;

  /// How often the lessor is looked after, in ticks.
  private static final long LEASE_TICKS = 5;

  /// How often the state's flushes are looked at, in ticks.
  private static final int HOUSEKEEPING_TICKS = 5;

  private static final int MAX_FETCH_DELAY = 12 * Simulation.TICK;

  final Machine machine;
  final Simulation world;
  final RequestIds ids;
  private final RandomGenerator random;
  private final int number;
  private final Replica replica;
  private final LogStage logStage;
  private final ApplyStage applyStage;
  private final Lessor lessor;
  private final List<Consumer<Replica>> inputs = new ArrayList<>();
  private final TreeSet<MemberId> connected = new TreeSet<>();

  /// Connected ones that could not be reached at the last look.
  private final TreeSet<MemberId> doubtful = new TreeSet<>();

  private final List<Fetch> serving = new ArrayList<>();
  private final Map<Snapshot, MemoryStore> fetched = new HashMap<>();
  private final int tickUnits;
  private boolean runScheduled;
  private boolean maintenanceScheduled;
  private boolean readsAlone;
  private long ticks;
  private final TickGaps gaps;
  private long leadingTerm;

  /// A snapshot that another member reads from this one.
  private static final class Fetch {
    final MemberId reader;
    boolean ended;

    Fetch(MemberId reader) {
      this.reader = reader;
    }
  }

  Life(Machine machine, int number) {
    this.machine = machine;
    this.world = machine.world;
    this.random = machine.random;
    this.number = number;
    this.ids = new RequestIds(machine.id.value() * 1_000_000_000L + number * 1_000_000L);
    this.tickUnits = random.nextInt(MIN_TICK_UNITS, MAX_TICK_UNITS + 1);
    Kv kv = Kv.open(machine.store());
    if (!machine.founders.isEmpty() && kv.appliedIndex() == 0) {
      kv.apply(List.of(founding(machine.founders))).view().close();
      machine.store().flush();
    }
    var applied = new LogPosition(kv.appliedTerm(), kv.appliedIndex());
    Log log = openLog(applied);
    HardState hardState = align(log, applied);
    Cluster cluster = cluster(kv);
    world.timeline.add(machine.id, "starts at", applied, log.recovered());
    logStage = new LogStage(this, log, hardState);
    applyStage = new ApplyStage(this, kv, cluster);
    lessor = new Lessor(Leases.SETTINGS, applyStage.view(), nanos());
    gaps = new TickGaps(nanos());
    replica = replica(new Restored(hardState, applied, cluster.membership()), cluster, log);
  }

  private static Committed founding(List<MemberRecord> founders) {
    return new Committed.RecordsEntry(
        FOUNDED.index(), FOUNDED.term(), Cluster.of(founders).records());
  }

  private Log openLog(LogPosition applied) {
    var options = new LogOptions(world.plan.climate().segmentBytes(), 1024, 1, 2_000);
    var identity = new LogIdentity(CLUSTER_ID, machine.id.value());
    if (Log.isIn(machine.disk)) {
      return Log.open(machine.disk, options, identity, this::scheduleMaintenance);
    }
    return Log.create(
        machine.disk, options, identity, machine.id.value(), applied, this::scheduleMaintenance);
  }

  private HardState align(Log log, LogPosition applied) {
    LogPosition installed = machine.installed();
    HardState hardState = Alignment.align(log, machine.disk.path(), applied, installed);
    if (installed != null) {
      machine.logFollows(installed);
    }
    return hardState;
  }

  /// Reads who the members are.
  static Cluster cluster(Kv kv) {
    try (View view = kv.view()) {
      return Cluster.read(
          new Cluster.RecordSource() {
            @Override
            public List<NamedRecord> records(Bytes prefix) {
              return view.records(prefix);
            }

            @Override
            public Optional<Bytes> record(Bytes name) {
              return view.record(name);
            }
          });
    }
  }

  private Replica replica(Restored restored, Cluster cluster, Log log) {
    var raft =
        new Raft(
            world.raftConfig(machine.id),
            restored,
            log,
            world.randomness.stream(Randomness.Purpose.RAFT, machine.id.value() * 1_000 + number));
    if (cluster.membership().voters().equals(List.of(machine.id))) {
      raft.campaign();
    }
    return new Replica(
        world.replicaConfig(machine.id),
        raft,
        ids,
        new Replica.Start(
            cluster,
            restored.applied().index(),
            Kv.MAX_FEATURE_LEVEL,
            new MemberRecord.Attributes(
                "m" + machine.id, List.of(), "3.6.11", Kv.MAX_FEATURE_LEVEL)),
        new Replica.Ports(this, this, this, this));
  }

  void begin() {
    scheduleMaintenance();
    scheduleTick();
    later(LEASE_TICKS * tickUnits, this::tickLessor);
    run();
    if (applyStage.cluster().isRemoved(machine.id)) {
      removed();
    }
  }

  // What others see.

  Status status() {
    return replica.status();
  }

  boolean isLeader() {
    return status().leadership().role() == RoleName.LEADER;
  }

  ApplyStage state() {
    return applyStage;
  }

  Lessor lessor() {
    return lessor;
  }

  /// What this member's clock says.
  long nanos() {
    return world.schedule.now() * 100 / tickUnits * 1_000_000L;
  }

  long nanosSinceTick() {
    return gaps.since(nanos());
  }

  Log log() {
    return logStage.log();
  }

  boolean readsAlone() {
    return readsAlone;
  }

  // The agreement stage.

  /// Happens in this life only, and not while the process is paused.
  void later(long delay, Runnable action) {
    world.schedule.in(delay, () -> runIfAlive(action));
  }

  private void runIfAlive(Runnable action) {
    if (!machine.isLiving(this)) {
      return;
    }
    long wait = machine.pausedFor();
    if (wait > 0) {
      world.schedule.in(wait, () -> runIfAlive(action));
    } else {
      machine.guard(action);
    }
  }

  /// Tells the replica something; all that waits is told in one run.
  void post(Consumer<Replica> input) {
    inputs.add(input);
    if (!runScheduled) {
      runScheduled = true;
      later(random.nextInt(3), this::run);
    }
  }

  private void run() {
    runScheduled = false;
    long applied = applyStage.appliedIndex();
    List<Consumer<Replica>> waiting = List.copyOf(inputs);
    inputs.clear();
    waiting.forEach(input -> input.accept(replica));
    replica.applied(applied);
    replica.advance();
    readsAlone = replica.readsAlone();
    if (replica.hasMore()) {
      post(_ -> {});
    }
  }

  private void scheduleTick() {
    later(
        tickUnits,
        () -> {
          ticks++;
          scheduleTick();
          post(replica -> {
            gaps.ticked(nanos());
            replica.tick();
          });
          noteConnections();
          if (ticks % HOUSEKEEPING_TICKS == 0) {
            tellFlushed();
          }
        });
  }

  private void tickLessor() {
    later(LEASE_TICKS * tickUnits, this::tickLessor);
    switch (lessor.tick(nanos())) {
      case Lessor.Tick.Rest _ -> {}
      case Lessor.Tick.Unsure _ -> accept(new Request.Read(new LessorsOwn()));
      case Lessor.Tick.Due(long term, List<Command> commands) ->
          commands.forEach(command -> proposeForLessor(command, term));
    }
  }

  private void proposeForLessor(Command command, long term) {
    if (command instanceof Command.LeaseCheckpoint && world.bug == Bug.LOSES_LEASE_CHECKPOINT) {
      return;
    }
    long id = ids.next();
    if (command instanceof Command.LeaseRevoke) {
      world.leases.endIsDecided(id);
    }
    world.timeline.add(machine.id, "finds due", command);
    accept(
        new Request.Proposal(
            id, CommandCodec.encode(id, command), term, new Operator(command.toString())));
  }

  /// The lessor asks whether this member still leads.
  private record LessorsOwn() implements Caller {}

  /// A connection that comes is noticed at once, one that goes at the second look: what was under
  /// way on it has arrived by then.
  private void noteConnections() {
    for (Machine other : world.machines()) {
      if (other == machine) {
        continue;
      }
      boolean stands = other.life() != null && world.network.connects(machine.id, other.id);
      if (stands) {
        doubtful.remove(other.id);
        if (connected.add(other.id)) {
          post(replica -> replica.connected(other.id));
        }
      } else if (connected.contains(other.id) && !doubtful.add(other.id)) {
        disconnected(other.id);
      }
    }
  }

  /// The connection to a member broke, and this side has noticed.
  void disconnected(MemberId other) {
    doubtful.remove(other);
    if (connected.remove(other)) {
      world.timeline.add(machine.id, "has lost its connection to", other);
      post(replica -> replica.disconnected(other));
    }
  }

  private void tellFlushed() {
    long flushed =
        world.bug == Bug.CUTS_LOG_AHEAD_OF_STATE
            ? applyStage.appliedIndex()
            : applyStage.persistedIndex();
    post(replica -> replica.flushed(flushed));
  }

  private void scheduleMaintenance() {
    if (!maintenanceScheduled) {
      maintenanceScheduled = true;
      later(
          random.nextInt(1, 100),
          () -> {
            maintenanceScheduled = false;
            if (logStage.log().maintain()) {
              scheduleMaintenance();
            }
          });
    }
  }

  void receive(MemberId from, PeerMessage message) {
    post(replica -> {
      if (!world.isCalm() || !isHeartbeat(message)) {
        world.timeline.add(machine.id, "from", from, new Shown(message));
      }
      replica.receive(from, message);
    });
  }

  private static boolean isHeartbeat(PeerMessage message) {
    return message instanceof PeerMessage.Consensus(Message content)
        && (content instanceof Message.Heartbeat || content instanceof Message.HeartbeatReply);
  }

  /// A message as it stands in a timeline.
  private record Shown(PeerMessage message) {
    @Override
    public String toString() {
      return switch (message) {
        case PeerMessage.Consensus(Message content) -> content.toString();
        case PeerMessage.Forward forward ->
            "forwards %d commands (number %d)"
                .formatted(forward.commands().size(), forward.sequence());
        case PeerMessage.ForwardMembership forward ->
            "forwards a membership change (number %d)".formatted(forward.sequence());
        case PeerMessage.NotProposed _, PeerMessage.ChangeRefused _, PeerMessage.SnapshotFailed _ ->
            message.toString();
      };
    }
  }

  void accept(Request request) {
    post(replica -> replica.accept(request));
  }

  void handOver() {
    post(replica -> {
      boolean started = replica.maybeHandOver();
      world.timeline.add(machine.id, "hands over:", started);
    });
  }

  void close() {
    logStage.log().close();
  }

  // The ports of the replica.

  @Override
  public void log(LogWork work) {
    logStage.accept(work);
  }

  @Override
  public void apply(ApplyWork work) {
    applyStage.accept(work);
  }

  @Override
  public void send(MemberId to, PeerMessage message) {
    if (message instanceof PeerMessage.Consensus(Message.VoteReply(long term, boolean granted))
        && granted) {
      world.oracle.voted(machine.id, term, to);
    }
    world.network.send(
        machine.id, to, () -> world.deliver(machine.id, to, message), () -> unreachable(to));
  }

  private void unreachable(MemberId to) {
    if (random.nextInt(4) == 0) {
      later(1, () -> post(replica -> replica.peerUnreachable(to)));
    }
  }

  @Override
  public boolean transfersSnapshotTo(MemberId peer) {
    return serving.stream().anyMatch(fetch -> !fetch.ended && fetch.reader.equals(peer));
  }

  /// The leader pins a copy of its state, which is read for a while; either may end meanwhile.
  @Override
  public void fetch(SnapshotOffer offer) {
    Life source = world.life(offer.from());
    if (source == null || !world.network.connects(machine.id, offer.from())) {
      post(replica -> replica.snapshotFailed(offer));
      return;
    }
    MemoryStore copy = source.machine.store().checkpoint();
    var session = new Fetch(machine.id);
    source.serving.add(session);
    world.timeline.add(machine.id, "fetches a snapshot from", offer.from());
    int delay = random.nextInt(1, MAX_FETCH_DELAY);
    world.schedule.in(delay, () -> session.ended = true);
    later(
        delay,
        () -> {
          boolean whole = source.machine.isLiving(source) && random.nextInt(8) > 0;
          fetchEnded(offer, whole ? Kv.open(copy) : null, copy);
        });
  }

  private void fetchEnded(SnapshotOffer offer, @Nullable Kv content, MemoryStore copy) {
    if (content == null) {
      world.timeline.add(machine.id, "fails to fetch", offer.snapshot());
      post(replica -> replica.snapshotFailed(offer));
      return;
    }
    var snapshot =
        new Snapshot(
            new LogPosition(content.appliedTerm(), content.appliedIndex()),
            cluster(content).membership());
    world.timeline.add(machine.id, "has fetched", snapshot);
    fetched.put(snapshot, copy);
    post(replica -> replica.snapshotFetched(offer, snapshot));
  }

  MemoryStore takeFetched(Snapshot snapshot) {
    MemoryStore content = fetched.remove(snapshot);
    if (content == null) {
      throw new IllegalStateException("no content was fetched for " + snapshot);
    }
    return content;
  }

  LogStage logStage() {
    return logStage;
  }

  @Override
  public void answer(Caller caller, Answer answer) {
    switch (caller) {
      case Replica.OwnRequest own -> post(replica -> replica.ownAnswer(own, answer));
      case Clients.Call call -> world.clients.answered(call, answer);
      case Leases.Grant grant -> world.leases.answered(grant, answer);
      case Leases.Confirmation confirmation -> world.leases.answered(confirmation, answer);
      case Leases.TakingBack asked -> world.leases.answered(asked, answer);
      case LessorsOwn _ -> lessor.sure();
      case Operator operator -> world.timeline.add(machine.id, operator.what(), answer);
      default -> throw new IllegalStateException("a stranger asked: " + caller);
    }
  }

  /// Whoever changes the membership.
  record Operator(String what) implements Caller {}

  @Override
  public void leadershipChanged(Leadership leadership) {
    world.timeline.add(machine.id, "knows", leadership);
    world.oracle.leads(machine.id, leadership);
    boolean leads = leadership.role() == RoleName.LEADER;
    if (leads) {
      logStage.checkCompleteIn(leadership.term());
    }
    if (leads && leadingTerm != leadership.term()) {
      leadingTerm = leadership.term();
      lessor.lead(leadingTerm, nanos());
    } else if (!leads && leadingTerm != 0) {
      leadingTerm = 0;
      lessor.follow();
    }
  }

  @Override
  public void clusterChanged(Cluster cluster) {
    world.timeline.add(machine.id, "members are", cluster.membership());
  }

  @Override
  public void published() {}

  @Override
  public void removed() {
    later(1, this::leaveOnceSpared);
  }

  /// It goes on until the others know: they may count on its vote until then.
  private void leaveOnceSpared() {
    if (world.canSpare(machine.id, applyStage)) {
      machine.leave();
    } else {
      later(random.nextInt(50, 500), this::leaveOnceSpared);
    }
  }
}
