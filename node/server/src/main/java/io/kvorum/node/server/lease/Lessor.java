package io.kvorum.node.server.lease;

import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.Command.LeaseCheckpoint.Remaining;
import io.kvorum.node.core.kv.Lease;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.server.api.Counters;
import io.kvorum.node.server.stage.StateObserver;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;

/// Keeps the clocks of all leases, which run on the leader only.
///
/// Which leases there are is known from the log, on every member. A member that becomes the leader
/// starts all clocks anew, with an election timeout on top: nobody could renew while there was no
/// leader. When a clock runs out the lease is not gone: its revocation is proposed, valid only in
/// the term in which it was decided, so that a deposed leader revokes nothing.
///
/// Clocks stand in a wheel of slots by the time at which they must be looked at next. A renewal
/// moves only the deadline; the clock is put into its new slot when its old one comes.
///
/// Threads: `tick`, `lead` and `follow` belong to one; the rest may be called from any.
public final class Lessor implements StateObserver {
  /// Revocations proposed in one tick, twice a second: a mass expiry must not starve clients.
  private static final int MAX_REVOKES_PER_TICK = 500;

  /// A revocation that has not come back by then is proposed again.
  private static final long RETRY_NANOS = 3 * LeaseSettings.NANOS_PER_SECOND;

  /// With more leases than this, a new leader spreads their deadlines.
  private static final int SPREAD_ABOVE = 1_000;

  /// How many may expire in a second when they are spread.
  private static final long SPREAD_PER_SECOND = 750;

  /// How often the rest of a long lease is noted in the log.
  private static final long CHECKPOINT_NANOS = 300 * LeaseSettings.NANOS_PER_SECOND;

  private static final int MAX_CHECKPOINTS_PER_COMMAND = 1_000;
  private static final long SLOT_NANOS = LeaseSettings.NANOS_PER_SECOND / 2;

  private final LeaseSettings settings;
  private final LongSupplier nanoTime;
  private final Counters counters;
  private final Map<Long, LeaseClock> clocks = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<LeaseClock> unscheduled = new ConcurrentLinkedQueue<>();

  /// Slot → clocks to look at. Field of the ticking thread, as the next ones.
  private final TreeMap<Long, List<LeaseClock>> wheel = new TreeMap<>();

  /// Expired leases whose revocation is under way, and when it is proposed again.
  private final TreeMap<Long, Long> revoking = new TreeMap<>();

  /// The term this member leads in; 0 while it does not.
  private volatile long leadingTerm;

  public Lessor(LeaseSettings settings, LongSupplier nanoTime, Counters counters, View view) {
    this.settings = settings;
    this.nanoTime = nanoTime;
    this.counters = counters;
    view.leases().forEach(this::granted);
  }

  /// What a tick wants proposed, in the term the leases are kept in.
  public record Due(long term, List<Command> commands) {
    static final Due NOTHING = new Due(0, List.of());
  }

  // ---- From the log

  @Override
  public void applied(Applied applied) {
    for (Outcome outcome : applied.outcomes()) {
      switch (outcome) {
        case Outcome.LeaseGranted(_, Lease lease) -> {
          granted(lease);
          counters.leasesGranted.increment();
          counters.leaseLives.took(nanos(lease.ttlSeconds()));
        }
        case Outcome.LeaseRevoked(_, long id, _) -> {
          revoked(id);
          counters.leasesRevoked.increment();
        }
        case Outcome.LeaseCheckpointed(_, List<Lease> leases) -> leases.forEach(this::noted);
        default -> {}
      }
    }
  }

  private void granted(Lease lease) {
    var clock = new LeaseClock(lease);
    clock.runUntil(nanoTime.getAsLong() + nanos(lease.effectiveSeconds()));
    clocks.put(lease.id(), clock);
    unscheduled.add(clock);
  }

  private void revoked(long id) {
    LeaseClock clock = clocks.remove(id);
    if (clock != null) {
      clock.revoked();
    }
  }

  private void noted(Lease lease) {
    LeaseClock clock = clocks.get(lease.id());
    if (clock != null) {
      clock.checkpointed(lease.remainingSeconds());
    }
  }

  /// A lease that was revoked and granted anew under its id, while this member was behind, is
  /// another one: it runs for its own time.
  @Override
  public void restored(View view) {
    var gone = new LinkedHashSet<>(clocks.keySet());
    for (Lease lease : view.leases()) {
      gone.remove(lease.id());
      LeaseClock clock = clocks.get(lease.id());
      if (clock != null && clock.ttlSeconds() == lease.ttlSeconds()) {
        noted(lease);
      } else {
        revoked(lease.id());
        granted(lease);
      }
    }
    gone.forEach(this::revoked);
  }

  private static long nanos(long seconds) {
    return seconds * LeaseSettings.NANOS_PER_SECOND;
  }

  // ---- The leader's time

  /// This member leads: all clocks start anew.
  public void lead(long term) {
    long now = nanoTime.getAsLong();
    unscheduled.clear();
    List<LeaseClock> all =
        clocks.values().stream().sorted(Comparator.comparingLong(LeaseClock::id)).toList();
    wheel.clear();
    revoking.clear();
    long place = 0;
    for (LeaseClock clock : all) {
      long spread =
          all.size() > SPREAD_ABOVE
              ? place++ * LeaseSettings.NANOS_PER_SECOND / SPREAD_PER_SECOND
              : 0;
      clock.runUntil(now + nanos(clock.effectiveSeconds()) + settings.electionNanos() + spread);
      schedule(clock, now);
    }
    leadingTerm = term;
  }

  /// This member does not lead any more.
  public void follow() {
    leadingTerm = 0;
    wheel.clear();
    revoking.clear();
  }

  public boolean isLeading() {
    return leadingTerm != 0;
  }

  private void schedule(LeaseClock clock, long now) {
    if (clock.nextCheckpointNanos() == Long.MAX_VALUE
        && nanos(clock.ttlSeconds()) > CHECKPOINT_NANOS) {
      clock.checkpointAt(now + CHECKPOINT_NANOS);
    }
    long at = Math.min(clock.deadlineNanos(), clock.nextCheckpointNanos());
    wheel.computeIfAbsent(Math.ceilDiv(at, SLOT_NANOS), _ -> new ArrayList<>()).add(clock);
  }

  /// Looks at the clocks whose time has come, about twice a second.
  public Due tick() {
    long term = leadingTerm;
    if (term == 0) {
      unscheduled.clear();
      return Due.NOTHING;
    }
    long now = nanoTime.getAsLong();
    for (LeaseClock fresh = unscheduled.poll(); fresh != null; fresh = unscheduled.poll()) {
      schedule(fresh, now);
    }
    var checkpoints = new ArrayList<Remaining>();
    while (!wheel.isEmpty() && wheel.firstKey() <= Math.floorDiv(now, SLOT_NANOS)) {
      for (LeaseClock clock : wheel.pollFirstEntry().getValue()) {
        if (clocks.get(clock.id()) == clock) {
          lookAt(clock, now, checkpoints);
        }
      }
    }
    return new Due(term, commands(now, checkpoints));
  }

  private void lookAt(LeaseClock clock, long now, List<Remaining> checkpoints) {
    if (clock.maybeExpire(now)) {
      revoking.putIfAbsent(clock.id(), now);
      return;
    }
    if (clock.nextCheckpointNanos() <= now) {
      clock.checkpointAt(now + CHECKPOINT_NANOS);
      checkpoints.add(new Remaining(clock.id(), secondsLeft(clock, now)));
    }
    schedule(clock, now);
  }

  private List<Command> commands(long now, List<Remaining> checkpoints) {
    var commands = new ArrayList<Command>();
    for (int from = 0; from < checkpoints.size(); from += MAX_CHECKPOINTS_PER_COMMAND) {
      int until = Math.min(from + MAX_CHECKPOINTS_PER_COMMAND, checkpoints.size());
      commands.add(new Command.LeaseCheckpoint(checkpoints.subList(from, until)));
    }
    revoking.keySet().removeIf(id -> !clocks.containsKey(id));
    int revokes = 0;
    for (Map.Entry<Long, Long> expired : revoking.entrySet()) {
      if (expired.getValue() <= now && revokes < MAX_REVOKES_PER_TICK) {
        commands.add(new Command.LeaseRevoke(expired.getKey()));
        expired.setValue(now + RETRY_NANOS);
        revokes++;
      }
    }
    return commands;
  }

  private static long secondsLeft(LeaseClock clock, long now) {
    return Math.max(0, (clock.deadlineNanos() - now) / LeaseSettings.NANOS_PER_SECOND);
  }

  // ---- For clients

  /// What a client learns of a lease.
  sealed interface Renewed {
    /// It runs on, for so many seconds.
    record Running(long ttlSeconds, boolean wasCheckpointed) implements Renewed {}

    /// It has expired, but is not gone yet.
    record Expiring(LeaseClock clock) implements Renewed {}

    /// There is no such lease in the state applied here.
    record Unknown() implements Renewed {}
  }

  /// Starts the lease's clock anew. Only on the leader, and only when it is sure that it leads.
  Renewed renew(long id) {
    LeaseClock clock = clocks.get(id);
    if (clock == null) {
      return new Renewed.Unknown();
    }
    return switch (clock.renew(nanoTime.getAsLong())) {
      case RENEWED -> new Renewed.Running(clock.ttlSeconds(), clock.remainingSeconds() > 0);
      case EXPIRED -> new Renewed.Expiring(clock);
      case GONE -> new Renewed.Unknown();
    };
  }

  /// What is left of a lease.
  ///
  /// @param leftSeconds whole seconds
  record Left(long leftSeconds, long grantedSeconds) {}

  Optional<Left> left(long id) {
    LeaseClock clock = clocks.get(id);
    return clock == null || !clock.isRunning()
        ? Optional.empty()
        : Optional.of(new Left(secondsLeft(clock, nanoTime.getAsLong()), clock.ttlSeconds()));
  }

  /// All leases, the one that ends first in front.
  List<Long> ids() {
    return clocks.values().stream()
        .sorted(
            Comparator.comparingLong(LeaseClock::deadlineNanos).thenComparingLong(LeaseClock::id))
        .map(LeaseClock::id)
        .toList();
  }

  public int size() {
    return clocks.size();
  }

  LeaseSettings settings() {
    return settings;
  }
}
