package io.kvorum.node.sim;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Membership;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/// What a cluster without faults must achieve, and within which time.
final class Liveness {
  /// For each goal. Several elections may be needed: timeouts are drawn, and votes may split.
  private static final int MAX_TICKS = 40 * Simulation.ELECTION_TICKS;

  private static final long NONE = -1;

  private final Simulation world;
  private final Map<MemberId, Integer> readsBefore = new TreeMap<>();

  /// The index of a command proposed after the faults, or [#NONE].
  private long marker = NONE;

  Liveness(Simulation world) {
    this.world = world;
  }

  void require() {
    require("a leader commits", this::commitsMarker);
    long goal = world.oracle.highestCommit();
    require("all members catch up", () -> allReach(goal));
    require("every member can read", this::everybodyReads);
    for (SimulatedMember member : currentMembers()) {
      world.oracle.holdsAcknowledged(member.state());
    }
  }

  private void require(String goal, BooleanSupplier isReached) {
    for (int tick = 0; tick < MAX_TICKS; tick++) {
      if (isReached.getAsBoolean()) {
        return;
      }
      world.schedule.runUntil(world.schedule.now() + Simulation.TICK);
    }
    throw new Invariant.Violation("liveness: " + goal + " within " + MAX_TICKS + " ticks");
  }

  /// A leader that is about to lose its place may take the command and not commit it: then the next
  /// one is asked.
  private boolean commitsMarker() {
    if (marker != NONE && !anyLeaderHolds(marker)) {
      marker = NONE;
    }
    for (SimulatedMember member : world.members()) {
      if (marker == NONE && member.isLeader() && member.propose(world.commands())) {
        marker = member.status().lastIndex();
      }
    }
    return marker != NONE && world.oracle.highestCommit() >= marker;
  }

  private boolean anyLeaderHolds(long index) {
    return world.members().stream()
        .anyMatch(member -> member.isLeader() && member.status().lastIndex() >= index);
  }

  private boolean allReach(long index) {
    return currentMembers().stream().allMatch(member -> member.state().position().index() >= index);
  }

  private boolean everybodyReads() {
    boolean all = true;
    for (SimulatedMember member : currentMembers()) {
      int reads = member.confirmedReads();
      if (reads == readsBefore.getOrDefault(member.id, reads)) {
        readsBefore.putIfAbsent(member.id, reads);
        member.read(world.nextContext());
        all = false;
      }
    }
    return all;
  }

  /// The members by the newest state.
  private List<SimulatedMember> currentMembers() {
    State newest = null;
    for (SimulatedMember member : world.members()) {
      State state = member.state();
      if (newest == null || state.position().index() > newest.position().index()) {
        newest = state;
      }
    }
    Membership membership = newest == null ? Membership.EMPTY : newest.membership();
    return world.members().stream().filter(member -> membership.contains(member.id)).toList();
  }
}
