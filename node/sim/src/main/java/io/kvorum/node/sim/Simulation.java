package io.kvorum.node.sim;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Membership;
import io.kvorum.node.core.raft.MembershipChange;
import io.kvorum.node.core.raft.Message;
import io.kvorum.node.core.raft.RaftConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A whole cluster in one thread: everything that happens follows from the seed.
///
/// A run has two parts. First faults come and go while clients write and read, members join and
/// leave, and the [Oracle] checks safety at every step. Then all faults end, and the cluster must
/// become live: elect a leader, commit, and bring everybody to the same state, within a bound.
public final class Simulation {
  /// One tick in units of the [Schedule].
  static final int TICK = 100;

  private static final int MAX_MEMBERS = 7;
  static final int ELECTION_TICKS = 10;

  final Schedule schedule = new Schedule();
  final Timeline timeline = new Timeline(schedule);
  final Oracle oracle = new Oracle();
  final RandomGenerator random;
  final Climate climate;
  final Network network;
  final Bug bug;
  private final Map<MemberId, SimulatedMember> members = new TreeMap<>();
  private boolean calm;
  private long lastCommand;
  private long lastContext;

  /// What one run has seen, to show that it saw something.
  public record Summary(int acknowledged, int reads, int terms, long committed, long applied) {}

  private Simulation(RandomGenerator random, Climate climate, Bug bug) {
    this.random = random;
    this.bug = bug;
    this.climate = climate;
    this.network = new Network(schedule, random, climate);
    found();
  }

  /// One run.
  ///
  /// @throws AssertionError with the timeline, if anything that must not be was
  public static Summary run(RandomGenerator random, Bug bug) {
    Simulation simulation = new Simulation(random, Climate.draw(random), bug);
    simulation.explain(simulation::run);
    return simulation.oracle.summary();
  }

  /// A cluster in which links flap all the time, but never so that a majority would miss more than
  /// one heartbeat: nobody must unseat its leader.
  static void runFlapping(RandomGenerator random) {
    Simulation simulation = new Simulation(random, Climate.fair(5), Bug.NONE);
    simulation.explain(simulation::flapAllTheTime);
  }

  /// A cluster whose leader's process dies, so that everybody's connection to it breaks: another
  /// must lead within so many ticks.
  static void runLeaderDeath(RandomGenerator random, int members, int maxTicks) {
    Simulation simulation = new Simulation(random, Climate.fair(members), Bug.NONE);
    simulation.explain(() -> simulation.killLeader(maxTicks));
  }

  private void explain(Runnable scenario) {
    try {
      scenario.run();
    } catch (Invariant.Violation violation) {
      throw new AssertionError(
          violation.getMessage() + "\n" + climate + "\n" + timeline.render() + statuses(),
          violation);
    }
  }

  private void found() {
    List<MemberId> voters = new ArrayList<>();
    for (int i = 1; i <= climate.members(); i++) {
      voters.add(new MemberId(i));
    }
    State founding = new State(new LogPosition(1, 1), 0, Membership.of(voters, List.of()));
    voters.forEach(id -> members.put(id, new SimulatedMember(id, founding, this)));
  }

  private void join(MemberId id) {
    State nothing = new State(LogPosition.ZERO, 0, Membership.EMPTY);
    members.put(id, new SimulatedMember(id, nothing, this));
  }

  RaftConfig config(MemberId id) {
    if (!climate.smallLimits()) {
      return RaftConfig.standard(id, ELECTION_TICKS, 1);
    }
    return new RaftConfig(id, ELECTION_TICKS, 1, 100, 3, 400, 1_000, 200, 150, 2, 8, 20);
  }

  int maxSyncDelay() {
    return calm ? 2 : climate.maxSyncDelay();
  }

  /// Hands a message to a member; returns whether there is one to take it.
  boolean deliver(MemberId from, MemberId to, Message message, @Nullable State content) {
    SimulatedMember member = members.get(to);
    if (member == null || !member.isRunning()) {
      return false;
    }
    member.receive(from, message, content);
    return true;
  }

  /// Whether a majority of those who remain will always know that this member has left.
  boolean canSpare(MemberId leaver, State state) {
    Membership remaining = state.membership();
    long aware =
        remaining.voters().stream()
            .map(members::get)
            .filter(member -> member != null && member.remembers(state.position().index()))
            .count();
    return !remaining.contains(leaver) && aware >= remaining.quorum();
  }

  private void run() {
    for (int tick = 0; tick < climate.chaosTicks(); tick++) {
      trouble();
      work();
      schedule.runUntil(schedule.now() + TICK);
    }
    heal();
    new Liveness(this).require();
  }

  private SimulatedMember electFirst() {
    for (int tick = 0; tick < 40 * ELECTION_TICKS; tick++) {
      schedule.runUntil(schedule.now() + TICK);
      for (SimulatedMember member : members.values()) {
        if (member.isLeader()) {
          schedule.runUntil(schedule.now() + 2 * TICK);
          return member;
        }
      }
    }
    throw new Invariant.Violation("a fair world elects a leader");
  }

  private void flapAllTheTime() {
    SimulatedMember leader = electFirst();
    long term = leader.status().leadership().term();
    List<SimulatedMember> others =
        members.values().stream().filter(member -> member != leader).toList();
    for (int tick = 0; tick < 300; tick++) {
      for (int i = 0; i < others.size(); i++) {
        boolean mayBeLong = i < 2;
        if (mayBeLong && random.nextInt(3) == 0) {
          breakLink(leader, others.get(i), random.nextInt(1, 20 * TICK));
        } else if (!mayBeLong && tick % 4 == 0) {
          breakLink(leader, others.get(i), random.nextInt(1, TICK / 2));
        }
      }
      schedule.runUntil(schedule.now() + TICK);
      boolean leads = leader.isLeader() && leader.status().leadership().term() == term;
      Invariant.check(leads, "who is heard by a majority leads", leader.status());
    }
  }

  private void breakLink(SimulatedMember one, SimulatedMember other, long duration) {
    network.cut(one.id, other.id, duration);
    network.cut(other.id, one.id, duration);
    one.peerUnreachable(other.id);
    other.peerUnreachable(one.id);
  }

  private void killLeader(int maxTicks) {
    SimulatedMember dead = electFirst();
    dead.crash();
    schedule.runUntil(
        schedule.now() + climate.maxDelay()); // a connection delivers before it breaks
    for (SimulatedMember member : members.values()) {
      member.peerUnreachable(dead.id);
    }
    schedule.runUntil(schedule.now() + (long) maxTicks * TICK);
    Invariant.check(
        members.values().stream().anyMatch(SimulatedMember::isLeader),
        "a dead leader is replaced soon");
  }

  // Faults.

  private void trouble() {
    if (chance(climate.partition())) {
      partition();
    }
    if (chance(climate.flap())) {
      flap();
    }
    if (chance(climate.crash())) {
      crash(any());
    }
    if (chance(climate.pause())) {
      any().pause(random.nextInt(TICK, 30 * TICK));
    }
    if (chance(climate.stall())) {
      any().stallDisk(random.nextInt(TICK, 40 * TICK));
    }
    for (SimulatedMember member : members.values()) {
      if (chance(climate.flush())) {
        member.flushState();
      }
      if (chance(climate.compaction())) {
        member.compact();
      }
    }
  }

  private boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  private SimulatedMember any() {
    List<SimulatedMember> all = List.copyOf(members.values());
    return all.get(random.nextInt(all.size()));
  }

  /// Separates some from the others, in both directions or in one.
  private void partition() {
    boolean oneWay = random.nextBoolean();
    long duration = random.nextInt(TICK, 40 * TICK);
    List<MemberId> side = members.keySet().stream().filter(_ -> random.nextBoolean()).toList();
    timeline.add(side, "are cut off " + (oneWay ? "one way" : "both ways") + " for", duration);
    for (MemberId inside : side) {
      for (MemberId outside : members.keySet()) {
        if (!side.contains(outside)) {
          network.cut(inside, outside, duration);
          if (!oneWay) {
            network.cut(outside, inside, duration);
          }
        }
      }
    }
  }

  /// A connection breaks and comes back; one side or both notice.
  private void flap() {
    SimulatedMember one = any();
    SimulatedMember other = any();
    long duration = random.nextInt(1, TICK);
    network.cut(one.id, other.id, duration);
    network.cut(other.id, one.id, duration);
    one.peerUnreachable(other.id);
    if (random.nextBoolean()) {
      other.peerUnreachable(one.id);
    }
  }

  private void crash(SimulatedMember member) {
    if (!member.isRunning()) {
      return;
    }
    member.crash();
    schedule.in(random.nextInt(1, 60 * TICK), member::restart);
    for (SimulatedMember other : members.values()) {
      if (other != member && random.nextBoolean()) {
        schedule.in(random.nextInt(1, TICK), () -> other.peerUnreachable(member.id));
      }
    }
  }

  // Clients and operators.

  private void work() {
    for (double rate = climate.proposal(); chance(rate); rate--) {
      any().propose(commands());
    }
    if (chance(climate.read())) {
      any().read(nextContext());
    }
    if (chance(climate.transfer())) {
      any().transferTo(any().id);
    }
    if (chance(climate.membership())) {
      changeMembership(any());
    }
  }

  List<byte[]> commands() {
    List<byte[]> commands = new ArrayList<>();
    int count = random.nextInt(1, 5);
    for (int i = 0; i < count; i++) {
      commands.add(ByteBuffer.allocate(Long.BYTES).putLong(++lastCommand).array());
    }
    return commands;
  }

  /// A context no member has ever used.
  long nextContext() {
    lastContext++;
    return lastContext;
  }

  Collection<SimulatedMember> members() {
    return members.values();
  }

  private void changeMembership(SimulatedMember member) {
    Membership current = member.state().membership();
    byte[] context = {};
    if (!current.learners().isEmpty() && random.nextInt(3) > 0) {
      MemberId learner = current.learners().getFirst();
      member.proposeMembership(new MembershipChange.Promote(learner, context));
    } else if (random.nextBoolean() && members.size() < MAX_MEMBERS) {
      MemberId fresh = new MemberId(members.size() + 1L);
      boolean accepted =
          member.proposeMembership(
              random.nextInt(4) > 0
                  ? new MembershipChange.AddLearner(fresh, context)
                  : new MembershipChange.AddVoter(fresh, context));
      if (accepted) {
        join(fresh);
      }
    } else if (current.voters().size() > 1) {
      MemberId leaving = current.voters().get(random.nextInt(current.voters().size()));
      member.proposeMembership(new MembershipChange.Remove(leaving, context));
    }
  }

  // After the faults.

  private void heal() {
    timeline.add("all", "faults end", "");
    calm = true;
    network.calm();
    for (SimulatedMember member : members.values()) {
      member.recover();
    }
  }

  /// Who is what at the moment, a line for each.
  private String statuses() {
    StringBuilder text = new StringBuilder();
    members.values().forEach(member -> text.append(member.status()).append('\n'));
    return text.toString();
  }
}
