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
  private static final int TICK = 100;

  private static final int MAX_MEMBERS = 7;
  private static final int ELECTION_TICKS = 10;

  /// How long a healed cluster may take for each step. Several elections may be needed: timeouts
  /// are drawn, and votes may split.
  private static final int LIVENESS_TICKS = 40 * ELECTION_TICKS;

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
  public record Summary(
      int acknowledged, int reads, long leaders, long committed, long applied, int members) {}

  private Simulation(RandomGenerator random, Bug bug) {
    this.random = random;
    this.bug = bug;
    this.climate = Climate.draw(random);
    this.network = new Network(schedule, random, climate);
    found();
  }

  /// One run.
  ///
  /// @throws AssertionError with the timeline, if anything that must not be was
  public static Summary run(RandomGenerator random, Bug bug) {
    Simulation simulation = new Simulation(random, bug);
    try {
      simulation.run();
      return simulation.summary();
    } catch (Invariant.Violation violation) {
      throw new AssertionError(
          violation.getMessage()
              + "\n"
              + simulation.climate
              + "\n"
              + simulation.timeline.render()
              + simulation.statuses(),
          violation);
    }
  }

  private Summary summary() {
    List<Long> counts = oracle.counts();
    return new Summary(
        oracle.acknowledgedCount(),
        oracle.servedReadCount(),
        counts.get(0),
        counts.get(1),
        counts.get(2),
        members.size());
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
    requireLiveness();
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
      any().read(++lastContext);
    }
    if (chance(climate.transfer())) {
      any().transferTo(any().id);
    }
    if (chance(climate.membership())) {
      changeMembership(any());
    }
  }

  private List<byte[]> commands() {
    List<byte[]> commands = new ArrayList<>();
    int count = random.nextInt(1, 5);
    for (int i = 0; i < count; i++) {
      commands.add(ByteBuffer.allocate(Long.BYTES).putLong(++lastCommand).array());
    }
    return commands;
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

  private void requireLiveness() {
    require("a leader commits", this::commitsSomething);
    long goal = oracle.highestCommit();
    require("all members catch up", () -> allReach(goal));
    require("every member can read", this::everybodyReads);
    for (SimulatedMember member : currentMembers()) {
      oracle.holdsAcknowledged(member.state());
    }
  }

  private interface Goal {
    boolean reached();
  }

  private void require(String what, Goal goal) {
    for (int tick = 0; tick < LIVENESS_TICKS; tick++) {
      if (goal.reached()) {
        return;
      }
      schedule.runUntil(schedule.now() + TICK);
    }
    throw new Invariant.Violation("liveness: " + what + " within " + LIVENESS_TICKS + " ticks");
  }

  private long commitBeforeMarker = -1;

  private boolean commitsSomething() {
    for (SimulatedMember member : members.values()) {
      if (member.isLeader() && commitBeforeMarker < 0 && member.propose(commands())) {
        commitBeforeMarker = member.status().lastIndex();
      }
    }
    if (commitBeforeMarker >= 0 && oracle.highestCommit() < commitBeforeMarker) {
      commitBeforeMarker = anyLeaderHolds(commitBeforeMarker) ? commitBeforeMarker : -1;
    }
    return commitBeforeMarker >= 0 && oracle.highestCommit() >= commitBeforeMarker;
  }

  private boolean anyLeaderHolds(long index) {
    return members.values().stream()
        .anyMatch(member -> member.isLeader() && member.status().lastIndex() >= index);
  }

  /// The members by the newest state.
  private List<SimulatedMember> currentMembers() {
    Membership newest = Membership.EMPTY;
    long index = -1;
    for (SimulatedMember member : members.values()) {
      if (member.state().position().index() > index) {
        index = member.state().position().index();
        newest = member.state().membership();
      }
    }
    List<SimulatedMember> current = new ArrayList<>();
    for (SimulatedMember member : members.values()) {
      if (newest.contains(member.id)) {
        current.add(member);
      }
    }
    return current;
  }

  private boolean allReach(long index) {
    return currentMembers().stream().allMatch(member -> member.state().position().index() >= index);
  }

  private final Map<MemberId, Integer> readsBefore = new TreeMap<>();

  private boolean everybodyReads() {
    boolean all = true;
    for (SimulatedMember member : currentMembers()) {
      Integer before = readsBefore.putIfAbsent(member.id, member.confirmedReads());
      if (before == null || member.confirmedReads() == before) {
        member.read(++lastContext);
        all = false;
      }
    }
    return all;
  }

  /// Who is what at the moment, a line for each.
  private String statuses() {
    StringBuilder text = new StringBuilder();
    members.values().forEach(member -> text.append(member.status()).append('\n'));
    return text.toString();
  }
}
