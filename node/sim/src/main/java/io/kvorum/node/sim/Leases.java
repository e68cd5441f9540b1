package io.kvorum.node.sim;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.lease.LeaseSettings;
import io.kvorum.node.core.lease.Lessor;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Caller;
import io.kvorum.node.core.replica.Request;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Clients that hold leases, and what they are promised: one that was granted or renewed lives for
/// its time, one that lives is not said to be gone, and one that nobody renews ends.
///
/// Clocks of members differ, and so do their opinions for a while about who leads: a promise is
/// shorter by as much. Renewals go to any member that believes to lead.
final class Leases {
  static final LeaseSettings SETTINGS =
      new LeaseSettings(Simulation.TICK, Simulation.ELECTION_TICKS, 3);

  /// Much longer than the time between two notes of what is left.
  static final int LONG_SECONDS = 20;

  /// Above the ids of those whose time nobody judges.
  private static final long FIRST_ID = 1_000;

  private static final int UNITS_PER_SECOND = 1_000;

  /// The share of its time that the fastest clock gives a lease.
  private static final double FASTEST = Life.MIN_TICK_UNITS / 100.0;

  /// For how long a deposed leader may renew what its successor has begun to count down.
  private static final long TWO_LEADERS = 8L * Simulation.TICK;

  private final Simulation world;
  private final TreeMap<Long, Held> held = new TreeMap<>();

  /// Request → when the leader of then decided to end a lease by it.
  private final Map<Long, Long> decided = new HashMap<>();

  private int renewals;
  private int expiries;

  /// A lease as its holder and an all-seeing eye know it.
  private static final class Held {
    final long id;
    final int seconds;
    boolean acknowledged;
    boolean refused;
    boolean applied;
    boolean ended;

    /// Its clock was started anew by then, and somebody was told.
    long promisedSince;

    /// When its end was decided, once it has come about.
    long endDecided;

    Held(long id, int seconds) {
      this.id = id;
      this.seconds = seconds;
    }

    @Override
    public String toString() {
      return "lease " + id + " of " + seconds + " s";
    }
  }

  /// A grant that somebody waits for.
  record Grant(long lease) implements Caller {}

  /// A renewal that waits for a quorum's word.
  record Confirmation(Life life, long lease, boolean wasAlive) implements Caller {}

  /// A renewal that waits until the note of a shorter rest is taken back.
  record TakingBack(long lease, long renewedAt) implements Caller {}

  Leases(Simulation world) {
    this.world = world;
  }

  int renewals() {
    return renewals;
  }

  int expiries() {
    return expiries;
  }

  boolean any() {
    return !held.isEmpty();
  }

  // What clients do.

  /// Asks for a lease; its number must be new.
  void grant(Life life, int number, int seconds) {
    var lease = new Held(FIRST_ID + number, seconds);
    held.put(lease.id, lease);
    propose(life, new Command.LeaseGrant(lease.id, seconds), 0, new Grant(lease.id));
  }

  private static long propose(Life life, Command command, long onlyInTerm, Caller caller) {
    long id = life.ids.next();
    life.accept(new Request.Proposal(id, CommandCodec.encode(id, command), onlyInTerm, caller));
    return id;
  }

  /// Asks a member that believes to lead, mostly for a lease that has not ended.
  void renew(int which) {
    List<Life> leaders = world.lives().stream().filter(this::takesRenewals).toList();
    List<Held> candidates =
        held.values().stream().filter(lease -> !lease.ended || which % 4 == 0).toList();
    if (leaders.isEmpty() || candidates.isEmpty()) {
      return;
    }
    Held lease = candidates.get(which % candidates.size());
    Life life = leaders.get(which / candidates.size() % leaders.size());
    boolean alive = lease.acknowledged && !lease.ended;
    world.timeline.add("client", "renews with member", life.machine.id, lease);
    if (!life.lessor().isLeading()) {
      promised(lease, world.schedule.now());
      return;
    }
    settle(life, lease, alive, life.lessor().renew(lease.id, life.nanos(), life.nanosSinceTick()));
  }

  private boolean takesRenewals(Life life) {
    boolean anybody = world.bug == Bug.RENEWS_LEASES_WITHOUT_LEADING;
    return life.machine.isActing() && (anybody || life.lessor().isLeading());
  }

  /// As the server does: `wasAlive` tells whether the lease must have lived when it was asked for.
  private void settle(Life life, Held lease, boolean wasAlive, Lessor.Renewed renewed) {
    switch (renewed) {
      case Lessor.Renewed.Running(long _, boolean isNoted, long term) -> {
        long now = world.schedule.now();
        if (isNoted) {
          takeBack(life, lease, term, now);
        } else {
          promised(lease, now);
        }
      }
      case Lessor.Renewed.Expiring(var clock) ->
          clock.whenRevoked(() -> saidToBeGone(lease, wasAlive));
      case Lessor.Renewed.Unknown _ -> saidToBeGone(lease, wasAlive);
      case Lessor.Renewed.Unsure _ ->
          life.accept(new Request.Read(new Confirmation(life, lease.id, wasAlive)));
      case Lessor.Renewed.NotLeading _ -> {}
    }
  }

  private static void takeBack(Life life, Held lease, long term, long renewedAt) {
    var command =
        new Command.LeaseCheckpoint(List.of(new Command.LeaseCheckpoint.Remaining(lease.id, 0)));
    propose(life, command, term, new TakingBack(lease.id, renewedAt));
  }

  void answered(Grant grant, Answer answer) {
    Held lease = lease(grant.lease);
    lease.acknowledged = answer instanceof Answer.Applied(Outcome.LeaseGranted _);
    lease.refused = !lease.acknowledged;
  }

  void answered(Confirmation confirmation, Answer answer) {
    Life life = confirmation.life;
    if (answer instanceof Answer.ReadReady) {
      settle(
          life,
          lease(confirmation.lease),
          confirmation.wasAlive,
          life.lessor().renewConfirmed(confirmation.lease, life.nanos()));
    }
  }

  void answered(TakingBack asked, Answer answer) {
    if (answer instanceof Answer.Applied) {
      promised(lease(asked.lease), asked.renewedAt);
    }
  }

  private Held lease(long id) {
    Held lease = held.get(id);
    if (lease == null) {
      throw new IllegalStateException("nobody asked for lease " + id);
    }
    return lease;
  }

  // What leaders do.

  /// A leader asks for the end of a lease.
  void endIsDecided(long request) {
    decided.put(request, world.schedule.now());
  }

  // What comes of it.

  /// An entry was applied by some member, perhaps not the first.
  void applied(Entry entry, Answer answer) {
    if (!(answer instanceof Answer.Applied(Outcome outcome))) {
      return;
    }
    switch (outcome) {
      case Outcome.LeaseGranted(_, var granted) when held.containsKey(granted.id()) -> {
        Held lease = lease(granted.id());
        if (!lease.applied) {
          lease.applied = true;
          lease.promisedSince = world.schedule.now();
        }
      }
      case Outcome.LeaseRevoked(_, long id, _) when held.containsKey(id) ->
          ended(lease(id), CommandCodec.requestId(entry.data()));
      default -> {}
    }
  }

  private void ended(Held lease, long request) {
    if (lease.ended) {
      return;
    }
    boolean isExpiry = decided.containsKey(request);
    Invariant.check(isExpiry, "only its time ends a lease nobody revokes", lease);
    lease.ended = true;
    lease.endDecided = decided.getOrDefault(request, 0L);
    expiries++;
    requireKept(lease);
  }

  private void promised(Held lease, long since) {
    renewals++;
    lease.promisedSince = Math.max(lease.promisedSince, since);
    world.timeline.add("client", "has renewed", lease, since);
    if (lease.ended) {
      requireKept(lease);
    }
  }

  private static void requireKept(Held lease) {
    long lived = lease.endDecided - lease.promisedSince;
    boolean kept = lived >= FASTEST * lease.seconds * UNITS_PER_SECOND - TWO_LEADERS;
    Invariant.check(kept, "a lease lives for its time", List.of(lease, lived));
  }

  private static void saidToBeGone(Held lease, boolean wasAlive) {
    Invariant.check(lease.ended || !wasAlive, "a lease that lives is not said to be gone", lease);
  }

  /// Whether each that came about has ended.
  boolean allEnded() {
    return held.values().stream().allMatch(lease -> !lease.applied || lease.ended);
  }

  boolean isAcknowledged(int number) {
    return held.containsKey(FIRST_ID + number) && lease(FIRST_ID + number).acknowledged;
  }

  boolean isWaitedFor(int number) {
    return held.containsKey(FIRST_ID + number) && !lease(FIRST_ID + number).refused;
  }
}
