package io.kvorum.node.sim;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Membership;
import io.kvorum.node.core.raft.RaftConfig;
import io.kvorum.node.core.replica.MemberRecord;
import io.kvorum.node.core.replica.MembershipRequest;
import io.kvorum.node.core.replica.PeerMessage;
import io.kvorum.node.core.replica.ReplicaConfig;
import io.kvorum.node.core.replica.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A whole cluster in one thread: everything that happens follows from the seed.
///
/// A run has two parts. First the [Plan] is carried out: clients write and read, members join and
/// leave, faults come and go, and the [Oracle] checks safety at every step. Then all faults end,
/// and the cluster must become live: elect a leader, commit, and bring everybody to the same state,
/// within a bound. At last the clients' histories are judged.
///
/// What runs is what a member runs in production: consensus, replica, state machine, and the log
/// with its format and recovery. The disks, the network, the clock and the drivers of the stages
/// are simulated.
public final class Simulation {
  /// One tick in units of the [Schedule].
  static final int TICK = 100;

  static final int ELECTION_TICKS = 10;
  private static final int MAX_MEMBERS = 7;
  private static final int REQUEST_TICKS = 40;
  private static final int HEALTH_TICKS = 5;

  final Plan plan;
  final Bug bug;
  final Randomness randomness;
  final Schedule schedule = new Schedule();
  final Timeline timeline = new Timeline(schedule);
  final Oracle oracle = new Oracle();
  final Network network;
  final Clients clients;
  final Leases leases;
  private final RandomGenerator random;
  private final List<Machine> machines = new ArrayList<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private boolean calm;
  private long lastBackgroundValue;

  /// What one run has seen, to show that it saw something.
  ///
  /// @param operations answered operations of clients, reads included
  /// @param delivered events that watchers saw
  /// @param terms terms in which somebody led
  /// @param undecided histories that took too long to be judged
  /// @param renewals of leases, acknowledged
  /// @param expiries leases that ended because nobody renewed them
  public record Summary(
      int acknowledged,
      int operations,
      int delivered,
      int terms,
      long applied,
      int undecided,
      long ticks,
      int renewals,
      int expiries) {}

  Simulation(Plan plan, Bug bug) {
    this.plan = plan;
    this.bug = bug;
    this.randomness = new Randomness(plan.seed());
    this.random = randomness.stream(Randomness.Purpose.CLIENTS, 0);
    this.network = new Network(schedule, randomness, plan.climate());
    this.clients = new Clients(this);
    this.leases = new Leases(this);
    for (int i = 0; i < Plan.WATCHERS; i++) {
      watchers.add(new Watcher(i, this));
    }
  }

  /// One run.
  ///
  /// @throws Violated if anything that must not be was, after finding out how little it takes
  public static Summary run(long seed, Bug bug) {
    try {
      return run(Plan.of(seed), bug);
    } catch (Violated violated) {
      throw new Shrinker(bug).shrink(violated);
    }
  }

  /// One run of this plan.
  static Summary run(Plan plan, Bug bug) {
    var simulation = new Simulation(plan, bug);
    int undecided = simulation.explain(simulation::carryOut);
    return simulation.oracle.summary(
        simulation.clients.ended(), undecided, simulation.schedule.now() / TICK, simulation.leases);
  }

  /// Runs a scenario and judges what the clients heard; returns how many histories stayed
  /// undecided.
  private int explain(Runnable scenario) {
    try {
      scenario.run();
      return clients.requireLinearizable();
    } catch (Invariant.Violation | RuntimeException violation) {
      throw new Violated(plan, violation, timeline.render() + statuses());
    }
  }

  /// A cluster in which links flap all the time, but never so that a majority would miss more than
  /// one heartbeat: nobody must unseat its leader.
  static void runFlapping(long seed) {
    var simulation = new Simulation(new Plan(seed, Climate.fair(5), List.of()), Bug.NONE);
    var _ = simulation.explain(simulation::flapAllTheTime);
  }

  /// A cluster whose leader's process dies, so that everybody's connection to it breaks: another
  /// must lead within so many ticks.
  static void runLeaderDeath(long seed, int members, int maxTicks) {
    var simulation = new Simulation(new Plan(seed, Climate.fair(members), List.of()), Bug.NONE);
    var _ = simulation.explain(() -> simulation.killLeader(maxTicks));
  }

  // The world.

  private void found() {
    List<MemberRecord> founders = new ArrayList<>();
    for (int i = 1; i <= plan.climate().members(); i++) {
      founders.add(
          new MemberRecord(new MemberId(i), urls(i), false, MemberRecord.Attributes.UNPUBLISHED));
    }
    founders.forEach(founder -> machines.add(new Machine(founder.id(), founders, this)));
    machines.forEach(Machine::start);
  }

  private static List<String> urls(long id) {
    return List.of("http://m" + id + ":2380");
  }

  RaftConfig raftConfig(MemberId id) {
    if (!plan.climate().smallLimits()) {
      return RaftConfig.standard(id, ELECTION_TICKS, 1);
    }
    return new RaftConfig(id, ELECTION_TICKS, 1, 200, 3, 800, 2_000, 400, 300, 2, 8, 20);
  }

  ReplicaConfig replicaConfig(MemberId id) {
    return new ReplicaConfig(
        id,
        REQUEST_TICKS,
        ELECTION_TICKS,
        HEALTH_TICKS,
        plan.climate().smallLimits() ? 5 : 100,
        1 << 20,
        1_000,
        2,
        true,
        plan.climate().catchUpEntries());
  }

  int maxSyncDelay() {
    return calm ? 2 : plan.climate().maxSyncDelay();
  }

  int maxApplyDelay() {
    return calm ? 2 : plan.climate().maxApplyDelay();
  }

  /// Whether all bad luck is over.
  boolean isCalm() {
    return calm;
  }

  List<Machine> machines() {
    return machines;
  }

  List<Watcher> watchers() {
    return watchers;
  }

  List<Life> lives() {
    var lives = new ArrayList<Life>();
    for (Machine machine : machines) {
      Life life = machine.life();
      if (life != null) {
        lives.add(life);
      }
    }
    return lives;
  }

  @Nullable Life life(MemberId id) {
    for (Machine machine : machines) {
      if (machine.id.equals(id)) {
        return machine.life();
      }
    }
    return null;
  }

  private Machine machine(int number) {
    return machines.get(number % machines.size());
  }

  /// Hands a message to a member, if it runs.
  void deliver(MemberId from, MemberId to, PeerMessage message) {
    Life life = life(to);
    if (life != null) {
      life.receive(from, message);
    }
  }

  /// Whether a majority of those who remain will always know that this member has left.
  boolean canSpare(MemberId leaver, ApplyStage state) {
    Membership remaining = state.cluster().membership();
    long aware =
        machines.stream()
            .filter(machine -> remaining.isVoter(machine.id))
            .filter(machine -> machine.remembers(state.appliedIndex()))
            .count();
    return !remaining.contains(leaver) && aware >= remaining.quorum();
  }

  // A run.

  private void carryOut() {
    found();
    int next = 0;
    for (int tick = 0; tick < plan.climate().ticks(); tick++) {
      while (next < plan.steps().size() && plan.steps().get(next).tick() <= tick) {
        carryOut(plan.steps().get(next++));
      }
      pass(1);
    }
    heal();
    new Liveness(this).require();
  }

  void pass(int ticks) {
    for (int tick = 0; tick < ticks; tick++) {
      schedule.runUntil(schedule.now() + TICK);
      watchers.forEach(watcher -> watcher.moveIfLost(lives(), random));
    }
  }

  private void carryOut(Step step) {
    long value = step.number() + 1L;
    switch (step.act()) {
      case Step.Put(int member, int key) -> through(member, life -> clients.put(life, key, value));
      case Step.Get(int member, int key) -> through(member, life -> clients.get(life, key));
      case Step.CompareAndSet(int member, int key) ->
          through(member, life -> clients.compareAndSet(life, key, value));
      case Step.Background background ->
          through(background.member(), life -> propose(life, background));
      case Step.GrantLease(int member, int seconds) ->
          through(member, life -> leases.grant(life, step.number(), seconds));
      case Step.RenewLease(int which) -> leases.renew(which);
      case Step.MoveWatcher(int watcher, int member) -> {
        Life life = machine(member).life();
        if (life != null) {
          watchers.get(watcher).moveTo(life);
        }
      }
      case Step.AddMember(int member, boolean learner) ->
          through(member, life -> addMember(life, learner));
      case Step.PromoteLearner(int member) -> through(member, this::promoteLearner);
      case Step.RemoveMember(int member, int leaving) ->
          through(member, life -> removeMember(life, leaving));
      case Step.Transfer(int target) -> transferTo(machine(target).id);
      case Step.Stop(int member, int downFor) -> machine(member).stop(downFor);
      case Step.Kill(int member, int downFor) -> crash(machine(member), false, downFor);
      case Step.PowerLoss(int member, int downFor) -> crash(machine(member), true, downFor);
      case Step.PowerLossDuring(int member, int operations, int downFor) ->
          machine(member).losePowerDuring(operations, downFor);
      case Step.DiskFailure(int member, int operations, int downFor) ->
          machine(member).failDisk(operations, downFor);
      case Step.BitFlip(int member, int where, int downFor) ->
          machine(member).flipBit(where, downFor);
      case Step.DiskFull(int member, int duration) -> machine(member).fillDisk(duration);
      case Step.DiskStall(int member, int duration) -> machine(member).stall(duration);
      case Step.Pause(int member, int duration) -> machine(member).pause(duration);
      case Step.Partition partition -> separate(partition);
      case Step.Flap(int one, int other, int duration) ->
          breakLink(machine(one), machine(other), duration);
      case Step.Flush(int member) -> machine(member).store().flush();
    }
  }

  private void through(int member, java.util.function.Consumer<Life> act) {
    Machine machine = machine(member);
    Life life = machine.life();
    if (life != null && machine.isActing()) {
      act.accept(life);
    }
  }

  // Clients beside those who are judged, and operators.

  private void propose(Life life, Step.Background background) {
    long lease = 1L + background.number();
    Bytes key = Bytes.utf8("other" + background.number());
    Command command =
        switch (background.kind()) {
          case GRANT -> new Command.LeaseGrant(lease, 60);
          case PUT_WITH_LEASE ->
              new Command.Put(
                  key, Bytes.utf8("" + ++lastBackgroundValue), lease, false, false, false);
          case CHECKPOINT ->
              new Command.LeaseCheckpoint(
                  List.of(new Command.LeaseCheckpoint.Remaining(lease, 30)));
          case REVOKE -> new Command.LeaseRevoke(lease);
          case DELETE -> new Command.DeleteRange(key, Bytes.EMPTY, true);
          case COMPACT ->
              new Command.Compact(
                  Math.max(1, life.state().view().revision() - background.number()));
        };
    long id = life.ids.next();
    life.accept(
        Request.Proposal.of(
            id, CommandCodec.encode(id, command), new Life.Operator(command.toString())));
  }

  private void addMember(Life life, boolean learner) {
    if (machines.size() < MAX_MEMBERS) {
      var fresh = new MemberId(machines.size() + 1L);
      change(life, new MembershipRequest.Add(fresh, urls(fresh.value()), learner));
      var machine = new Machine(fresh, List.of(), this);
      machines.add(machine);
      machine.start();
    }
  }

  private void promoteLearner(Life life) {
    Membership members = life.state().cluster().membership();
    Life leader = lives().stream().filter(Life::isLeader).findFirst().orElse(life);
    if (!members.learners().isEmpty()) {
      change(leader, new MembershipRequest.Promote(members.learners().getFirst()));
    }
  }

  private void removeMember(Life life, int leaving) {
    List<MemberId> voters = life.state().cluster().membership().voters();
    if (voters.size() > 1) {
      change(life, new MembershipRequest.Remove(voters.get(leaving % voters.size())));
    }
  }

  private void change(Life life, MembershipRequest request) {
    timeline.add("operator", "asks member", life.machine.id, request);
    life.accept(
        new Request.ChangeMembership(
            life.ids.next(), request, new Life.Operator(request.toString())));
  }

  void transferTo(MemberId target) {
    for (Life life : lives()) {
      if (life.isLeader() && life.machine.isActing()) {
        life.accept(new Request.MoveLeadership(target, new Life.Operator("transfer to " + target)));
      }
    }
  }

  // Bad luck.

  private void crash(Machine machine, boolean powerLoss, int downFor) {
    if (machine.life() == null) {
      return;
    }
    if (powerLoss) {
      machine.losePower(downFor);
    } else {
      machine.kill(downFor);
    }
    for (Life other : lives()) {
      if (random.nextBoolean()) {
        other.later(random.nextInt(1, TICK), () -> other.disconnected(machine.id));
      }
    }
  }

  /// Separates some from the others, in both directions or in one.
  private void separate(Step.Partition partition) {
    timeline.add("network", "is cut", partition);
    for (Machine inside : machines) {
      for (Machine outside : machines) {
        if (isInside(partition, inside) && !isInside(partition, outside)) {
          network.cut(inside.id, outside.id, partition.duration());
          if (!partition.oneWay()) {
            network.cut(outside.id, inside.id, partition.duration());
          }
        }
      }
    }
  }

  private static boolean isInside(Step.Partition partition, Machine machine) {
    return (partition.side() >> (machine.id.value() - 1) & 1) == 1;
  }

  private void breakLink(Machine one, Machine other, long duration) {
    network.cut(one.id, other.id, duration);
    network.cut(other.id, one.id, duration);
    noticeBreak(one, other);
    noticeBreak(other, one);
  }

  private static void noticeBreak(Machine machine, Machine other) {
    Life life = machine.life();
    if (life != null) {
      life.disconnected(other.id);
    }
  }

  private void heal() {
    timeline.add("all", "bad luck ends", "");
    calm = true;
    network.calm();
    machines.forEach(Machine::recover);
  }

  // Scenarios of their own.

  private Life electFirst() {
    found();
    for (int tick = 0; tick < 40 * ELECTION_TICKS; tick++) {
      pass(1);
      for (Life life : lives()) {
        if (life.isLeader()) {
          pass(2);
          return life;
        }
      }
    }
    throw new Invariant.Violation("a fair world elects a leader");
  }

  private void flapAllTheTime() {
    Life leader = electFirst();
    long term = leader.status().leadership().term();
    List<Machine> others = machines.stream().filter(machine -> machine != leader.machine).toList();
    for (int tick = 0; tick < 300; tick++) {
      for (int i = 0; i < others.size(); i++) {
        boolean mayBeLong = i < 2;
        if (mayBeLong && random.nextInt(3) == 0) {
          breakLink(leader.machine, others.get(i), random.nextInt(1, 20 * TICK));
        } else if (!mayBeLong && tick % 4 == 0) {
          breakLink(leader.machine, others.get(i), random.nextInt(1, TICK / 2));
        }
      }
      pass(1);
      boolean leads = leader.isLeader() && leader.status().leadership().term() == term;
      Invariant.check(leads, "who is heard by a majority leads", leader.status());
    }
  }

  private void killLeader(int maxTicks) {
    Life dead = electFirst();
    dead.machine.kill(Integer.MAX_VALUE);
    // A connection delivers before it breaks.
    schedule.runUntil(schedule.now() + plan.climate().maxDelay());
    lives().forEach(life -> life.disconnected(dead.machine.id));
    pass(maxTicks);
    Invariant.check(lives().stream().anyMatch(Life::isLeader), "a dead leader is replaced soon");
  }

  /// Who is what at the moment, a line for each.
  private String statuses() {
    StringBuilder text = new StringBuilder();
    for (Machine machine : machines) {
      Life life = machine.life();
      text.append(machine.id)
          .append(": ")
          .append(
              machine.isGone()
                  ? "left"
                  : machine.isBroken()
                      ? "has lost its log"
                      : life == null ? "is down" : life.status())
          .append('\n');
    }
    return text.toString();
  }
}
