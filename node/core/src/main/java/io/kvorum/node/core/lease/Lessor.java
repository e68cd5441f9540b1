package io.kvorum.node.core.lease;

import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.Command.LeaseCheckpoint.Remaining;
import io.kvorum.node.core.kv.Lease;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Keeps the clocks of all leases, which run on the leader only.
///
/// Which leases there are is known from the log, on every member. A member that becomes the leader
/// starts all clocks anew, with an election timeout on top: nobody could renew while there was no
/// leader. It does so once it has applied an entry of its own term, and with that all that leaders
/// before it were told: earlier it may not know that a lease was given more time. When a clock runs
/// out the lease is not gone: its revocation is proposed, valid only in the term in which it was
/// decided, so that a deposed leader revokes nothing.
///
/// Clocks stand in a wheel of slots by the time at which they must be looked at next. A renewal
/// moves only the deadline; the clock is put into its new slot when its old one comes.
///
/// Times are of one clock that never goes back, in nanoseconds; it is the caller's. After a pause
/// of the process clocks look as if they had run out, while clients could not renew, and a leader
/// may have been deposed without knowing: then a quorum is asked first whether this member still
/// leads.
///
/// Threads: `tick`, `lead` and `follow` belong to one; the rest may be called from any.
public final class Lessor {
  /// Revocations proposed in one tick, twice a second: a mass expiry must not starve clients.
  private static final int MAX_REVOKES_PER_TICK = 500;

  /// A revocation that has not come back by then is proposed again.
  private static final long RETRY_NANOS = 3 * LeaseSettings.NANOS_PER_SECOND;

  /// With more leases than this, a new leader spreads their deadlines.
  private static final int SPREAD_ABOVE = 1_000;

  /// How many may expire in a second when they are spread.
  private static final long SPREAD_PER_SECOND = 750;

  /// How often it wants to be ticked.
  public static final long TICK_NANOS = LeaseSettings.NANOS_PER_SECOND / 2;

  private static final int MAX_CHECKPOINTS_PER_COMMAND = 1_000;
  private static final long SLOT_NANOS = TICK_NANOS;

  private final LeaseSettings settings;
  private final Map<Long, LeaseClock> clocks = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<LeaseClock> unscheduled = new ConcurrentLinkedQueue<>();

  private final Object monitor = new Object();

  /// Slot → clocks to look at. Guarded by the monitor, as the next ones.
  private final TreeMap<Long, List<LeaseClock>> wheel = new TreeMap<>();

  /// Expired leases whose revocation is under way, and when it is proposed again.
  private final TreeMap<Long, Long> revoking = new TreeMap<>();

  private long lastTick;
  private volatile boolean unsure;

  /// The term this member was elected in; 0 while it does not lead.
  private volatile long electedTerm;

  /// The same once its clocks run.
  private volatile long leadingTerm;

  private volatile long appliedTerm;

  public Lessor(LeaseSettings settings, View view, long nowNanos) {
    this.settings = settings;
    this.lastTick = nowNanos;
    this.appliedTerm = view.appliedTerm();
    view.leases().forEach(lease -> granted(lease, nowNanos));
  }

  /// What a tick wants.
  public sealed interface Tick {
    /// Nothing: another leads, or a quorum is still being asked.
    record Rest() implements Tick {}

    /// This one came late: a quorum has to say first that this member still leads. Whatever comes
    /// of it is told by `sure`.
    record Unsure() implements Tick {}

    /// These commands proposed, valid in the term the leases are kept in.
    record Due(long term, List<Command> commands) implements Tick {}
  }

  // ---- From the log

  /// A batch was applied.
  public void applied(Applied applied, long nowNanos) {
    for (Outcome outcome : applied.outcomes()) {
      switch (outcome) {
        case Outcome.LeaseGranted(_, Lease lease) -> granted(lease, nowNanos);
        case Outcome.LeaseRevoked(_, long id, _) -> revoked(id);
        case Outcome.LeaseCheckpointed(_, List<Lease> leases) -> leases.forEach(this::noted);
        default -> {}
      }
    }
    reached(applied.view(), nowNanos);
  }

  private void reached(View view, long now) {
    appliedTerm = view.appliedTerm();
    if (electedTerm != leadingTerm) {
      beginIfReady(now);
    }
  }

  private void granted(Lease lease, long now) {
    var clock = new LeaseClock(lease);
    clock.runUntil(now + nanos(lease.effectiveSeconds()));
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
  public void restored(View view, long nowNanos) {
    var gone = new LinkedHashSet<>(clocks.keySet());
    for (Lease lease : view.leases()) {
      gone.remove(lease.id());
      LeaseClock clock = clocks.get(lease.id());
      if (clock != null && clock.ttlSeconds() == lease.ttlSeconds()) {
        noted(lease);
      } else {
        revoked(lease.id());
        granted(lease, nowNanos);
      }
    }
    gone.forEach(this::revoked);
    reached(view, nowNanos);
  }

  private static long nanos(long seconds) {
    return seconds * LeaseSettings.NANOS_PER_SECOND;
  }

  // ---- The leader's time

  /// This member leads: all clocks start anew, as soon as it knows all of them.
  public void lead(long term, long nowNanos) {
    synchronized (monitor) {
      electedTerm = term;
      leadingTerm = 0;
    }
    beginIfReady(nowNanos);
  }

  private void beginIfReady(long now) {
    synchronized (monitor) {
      if (electedTerm != 0 && leadingTerm != electedTerm && appliedTerm == electedTerm) {
        begin(now);
      }
    }
  }

  private void begin(long now) {
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
      clock.begin(now + nanos(clock.effectiveSeconds()) + settings.electionNanos() + spread);
      schedule(clock, now);
    }
    leadingTerm = electedTerm;
  }

  /// This member does not lead any more.
  public void follow() {
    synchronized (monitor) {
      electedTerm = 0;
      leadingTerm = 0;
      wheel.clear();
      revoking.clear();
    }
  }

  public boolean isLeading() {
    return leadingTerm != 0;
  }

  private void schedule(LeaseClock clock, long now) {
    if (clock.nextCheckpointNanos() == Long.MAX_VALUE
        && nanos(clock.ttlSeconds()) > settings.checkpointNanos()) {
      clock.checkpointAt(now + settings.checkpointNanos());
    }
    long at = Math.min(clock.deadlineNanos(), clock.nextCheckpointNanos());
    wheel.computeIfAbsent(Math.ceilDiv(at, SLOT_NANOS), _ -> new ArrayList<>()).add(clock);
  }

  /// Looks at the clocks whose time has come; called every `TICK_NANOS`.
  public Tick tick(long nowNanos) {
    synchronized (monitor) {
      return ticked(nowNanos);
    }
  }

  private Tick ticked(long nowNanos) {
    long late = nowNanos - lastTick - TICK_NANOS;
    lastTick = nowNanos;
    long term = leadingTerm;
    if (term == 0) {
      unscheduled.clear();
      return new Tick.Rest();
    }
    if (unsure) {
      return new Tick.Rest();
    }
    if (late > settings.stallNanos()) {
      unsure = true;
      return new Tick.Unsure();
    }
    return new Tick.Due(term, due(nowNanos));
  }

  /// The quorum has spoken, or could not: who does not lead any more is told so by `follow`.
  public void sure() {
    unsure = false;
  }

  private List<Command> due(long now) {
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
    return commands(now, checkpoints);
  }

  private void lookAt(LeaseClock clock, long now, List<Remaining> checkpoints) {
    if (clock.maybeExpire(now)) {
      revoking.putIfAbsent(clock.id(), now);
      return;
    }
    if (clock.nextCheckpointNanos() <= now) {
      clock.checkpointAt(now + settings.checkpointNanos());
      checkpoints.add(new Remaining(clock.id(), clock.note(now)));
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
  public sealed interface Renewed {
    /// It runs on, for so many seconds. If `isNoted`, the log says that less is left: nobody is
    /// told before a checkpoint of 0 has taken that back, else a new leader might end it early. It
    /// must do so in this term: what is in the log then is known to a new leader when it begins.
    record Running(long ttlSeconds, boolean isNoted, long term) implements Renewed {}

    /// It has expired, but is not gone yet.
    record Expiring(LeaseClock clock) implements Renewed {}

    /// There is no such lease.
    record Unknown() implements Renewed {}

    /// Another leads.
    record NotLeading() implements Renewed {}

    /// A quorum has to say first that this member leads; then `renewConfirmed` knows.
    record Unsure() implements Renewed {}
  }

  /// Starts the lease's clock anew, if this member leads.
  ///
  /// A leader that has been paused may have been deposed without knowing, and a lease it does not
  /// know may have been granted elsewhere and not be applied here yet.
  ///
  /// @param sinceTickNanos for how long consensus may have stood still, as [TickGaps] knows
  public Renewed renew(long id, long nowNanos, long sinceTickNanos) {
    if (!isLeading()) {
      return new Renewed.NotLeading();
    }
    if (unsure || sinceTickNanos > settings.stallNanos()) {
      return new Renewed.Unsure();
    }
    Renewed renewed = renewConfirmed(id, nowNanos);
    return renewed instanceof Renewed.Unknown ? new Renewed.Unsure() : renewed;
  }

  /// Starts the lease's clock anew, when a quorum has just confirmed that this member leads, and
  /// what was committed by then is applied.
  public Renewed renewConfirmed(long id, long nowNanos) {
    long term = leadingTerm;
    if (term == 0) {
      return new Renewed.NotLeading();
    }
    LeaseClock clock = clocks.get(id);
    if (clock == null) {
      return new Renewed.Unknown();
    }
    return switch (clock.renew(nowNanos)) {
      case RENEWED -> new Renewed.Running(clock.ttlSeconds(), false, term);
      case RENEWED_AGAINST_NOTE -> new Renewed.Running(clock.ttlSeconds(), true, term);
      case EXPIRED -> new Renewed.Expiring(clock);
      case GONE -> new Renewed.Unknown();
    };
  }

  /// What is left of a lease.
  ///
  /// @param leftSeconds whole seconds
  public record Left(long leftSeconds, long grantedSeconds) {}

  public Optional<Left> left(long id, long nowNanos) {
    LeaseClock clock = clocks.get(id);
    return clock == null || !clock.isRunning()
        ? Optional.empty()
        : Optional.of(new Left(secondsLeft(clock, nowNanos), clock.ttlSeconds()));
  }

  /// All leases, the one that ends first in front.
  public List<Long> ids() {
    return clocks.values().stream()
        .sorted(
            Comparator.comparingLong(LeaseClock::deadlineNanos).thenComparingLong(LeaseClock::id))
        .map(LeaseClock::id)
        .toList();
  }

  public int size() {
    return clocks.size();
  }

  public LeaseSettings settings() {
    return settings;
  }
}
