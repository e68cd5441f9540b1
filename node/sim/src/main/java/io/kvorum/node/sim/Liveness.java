package io.kvorum.node.sim;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.raft.Membership;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What a cluster without faults must achieve, and within which time.
final class Liveness {
  /// For each goal. Several elections may be needed: timeouts are drawn, and votes may split.
  private static final int MAX_TICKS = 60 * Simulation.ELECTION_TICKS;

  /// Values that no step of a plan writes.
  private static final long FIRST_VALUE = 1_000_000;

  /// Numbers which no step of a plan has.
  private static final int FIRST_LEASE = 1_000_000;

  /// Between two changes of the leader: longer than between two notes of what is left of a lease.
  private static final int REIGN_TICKS = 45;

  /// For all leases to end; each reign adds an election timeout and what was not noted yet.
  private static final int MAX_LEASE_TICKS = 1_500;

  private final Simulation world;
  private long nextValue = FIRST_VALUE;
  private int nextLease = FIRST_LEASE;
  private @Nullable Operation underWay;

  Liveness(Simulation world) {
    this.world = world;
  }

  void require() {
    require("a write is done", this::writes);
    long goal = world.oracle.highestApplied();
    require("all members catch up", () -> allReach(goal));
    for (Life life : currentMembers()) {
      for (int key = 0; key < Plan.KEYS; key++) {
        Machine machine = life.machine;
        int read = key;
        underWay = null;
        require("member " + machine.id + " can read", () -> reads(machine, read));
      }
    }
    // One more may have been added meanwhile, by a change that was asked for before the bad luck
    // ended.
    require("all members have caught up", () -> allReach(goal));
    if (world.leases.any()) {
      requireLeasesToEnd();
    }
    for (Life life : hasQuorum() ? currentMembers() : List.<Life>of()) {
      world.oracle.holdsAcknowledged(life.state().view(), goal);
      world.oracle.stands(life.machine.id, life.state().view(), true);
    }
  }

  /// What nobody renews ends; in some runs though leaders change all the time, for a lease that is
  /// longer than any reign.
  private void requireLeasesToEnd() {
    RandomGenerator random = world.randomness.stream(Randomness.Purpose.LEASES, 1);
    boolean restless = random.nextInt(4) == 0;
    if (restless) {
      require("a lease is granted", this::grants);
    }
    for (int tick = 0; tick < MAX_LEASE_TICKS; tick++) {
      if (world.leases.allEnded() || !hasQuorum()) {
        return;
      }
      if (restless && tick % REIGN_TICKS == REIGN_TICKS - 1) {
        List<Life> members = currentMembers();
        world.transferTo(members.get(random.nextInt(members.size())).machine.id);
      }
      world.pass(1);
    }
    throw new Invariant.Violation("liveness: a lease that nobody renews ends");
  }

  private boolean grants() {
    if (world.leases.isWaitedFor(nextLease)) {
      return world.leases.isAcknowledged(nextLease);
    }
    for (Life life : currentMembers()) {
      if (life.isLeader()) {
        nextLease++;
        world.leases.grant(life, nextLease, Leases.LONG_SECONDS);
        return false;
      }
    }
    return false;
  }

  /// Whether a member that has lost its log leaves enough others: else nothing can be demanded.
  private boolean hasQuorum() {
    Membership members = newestMembership();
    if (members.voters().isEmpty()) {
      return world.machines().stream().noneMatch(Machine::isBroken);
    }
    long lost =
        world.machines().stream()
            .filter(machine -> machine.isBroken() && members.isVoter(machine.id))
            .count();
    return members.voters().size() - lost >= members.quorum();
  }

  private void require(String goal, BooleanSupplier isReached) {
    for (int tick = 0; tick < MAX_TICKS; tick++) {
      if (isReached.getAsBoolean() || !hasQuorum()) {
        return;
      }
      world.pass(1);
    }
    throw new Invariant.Violation("liveness: " + goal + " within " + MAX_TICKS + " ticks");
  }

  /// Whoever leads may be about to lose its place: what is refused is asked again.
  private boolean writes() {
    Operation now = underWay;
    if (now != null && now.result() instanceof Operation.Result.Done) {
      return true;
    }
    if (now == null || !now.isOpen()) {
      for (Life life : currentMembers()) {
        if (life.isLeader()) {
          underWay = world.clients.put(life, 0, nextValue++);
          return false;
        }
      }
    }
    return false;
  }

  /// A removal that was asked for before the bad luck ended may still come through, and a member
  /// that comes up may find its log damaged.
  private boolean reads(Machine machine, int key) {
    Operation now = underWay;
    Life life = machine.life();
    boolean has = now != null && now.result() instanceof Operation.Result.Seen;
    if (has || machine.isBroken() || !newestMembership().contains(machine.id)) {
      return true;
    }
    if ((now == null || !now.isOpen()) && life != null) {
      underWay = world.clients.get(life, key);
    }
    return false;
  }

  private boolean allReach(long index) {
    Membership members = newestMembership();
    List<Life> current = currentMembers();
    long broken =
        world.machines().stream()
            .filter(machine -> machine.isBroken() && members.contains(machine.id))
            .count();
    return current.size() + broken == members.voters().size() + members.learners().size()
        && current.stream().allMatch(life -> life.state().appliedIndex() >= index);
  }

  /// The members by the newest state.
  private List<Life> currentMembers() {
    Membership membership = newestMembership();
    var current = new ArrayList<Life>();
    for (Life life : world.lives()) {
      if (membership.contains(life.machine.id)) {
        current.add(life);
      }
    }
    return current;
  }

  /// What a member knew that does not run any more counts, too.
  private Membership newestMembership() {
    Membership newest = world.oracle.newestMembership();
    if (newest.voters().isEmpty()) {
      for (Life life : world.lives()) {
        if (!life.state().cluster().membership().voters().isEmpty()) {
          newest = life.state().cluster().membership();
        }
      }
    }
    return newest;
  }
}
