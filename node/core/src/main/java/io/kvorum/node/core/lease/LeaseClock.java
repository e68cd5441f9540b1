package io.kvorum.node.core.lease;

import io.kvorum.node.core.kv.Lease;
import java.util.ArrayList;
import java.util.List;

/// One lease with its deadline. The deadline means something on the leader only.
///
/// Guarded by its own monitor: a renewal and an expiry never both win.
public final class LeaseClock {
  private final long id;
  private final long ttlSeconds;
  private long remainingSeconds;

  /// Notes of its rest that are on the way through the log, or got lost there.
  private int notesUnderWay;

  private long deadlineNanos;
  private long nextCheckpointNanos = Long.MAX_VALUE;
  private State state = State.RUNNING;
  private List<Runnable> whenRevoked = List.of();

  private enum State {
    RUNNING,
    /// Its time is over, and its end is on the way through the log.
    EXPIRED,
    REVOKED
  }

  /// What a renewal came to.
  enum Renewal {
    RENEWED,
    /// The same, but the log says that less is left, or will: a leader to come must not believe it.
    RENEWED_AGAINST_NOTE,
    /// It has expired; it is gone as soon as the log says so.
    EXPIRED,
    GONE
  }

  LeaseClock(Lease lease) {
    this.id = lease.id();
    this.ttlSeconds = lease.ttlSeconds();
    this.remainingSeconds = lease.remainingSeconds();
  }

  public long id() {
    return id;
  }

  long ttlSeconds() {
    return ttlSeconds;
  }

  /// Begins to note what is left: whole seconds, more than 0, which would mean all.
  synchronized long note(long nowNanos) {
    notesUnderWay++;
    return Math.max(1, Math.ceilDiv(deadlineNanos - nowNanos, LeaseSettings.NANOS_PER_SECOND));
  }

  /// A checkpoint in the log says so much; 0 for all.
  synchronized void checkpointed(long seconds) {
    remainingSeconds = seconds;
    boolean isNote = seconds > 0;
    notesUnderWay = Math.max(0, notesUnderWay - (isNote ? 1 : 0));
  }

  /// What a new leader starts with: the rest that was noted, or all of it.
  synchronized long effectiveSeconds() {
    return remainingSeconds > 0 ? remainingSeconds : ttlSeconds;
  }

  /// Starts it in a new term: what was to be noted in an earlier one and is not in the log by now
  /// never will be.
  synchronized void begin(long untilNanos) {
    notesUnderWay = 0;
    runUntil(untilNanos);
  }

  synchronized void runUntil(long nanos) {
    deadlineNanos = nanos;
    if (state == State.EXPIRED) {
      state = State.RUNNING;
    }
  }

  synchronized long deadlineNanos() {
    return deadlineNanos;
  }

  synchronized Renewal renew(long nowNanos) {
    return switch (state) {
      case RUNNING -> {
        deadlineNanos = nowNanos + ttlSeconds * LeaseSettings.NANOS_PER_SECOND;
        boolean noted = remainingSeconds > 0 || notesUnderWay > 0;
        yield noted ? Renewal.RENEWED_AGAINST_NOTE : Renewal.RENEWED;
      }
      case EXPIRED -> Renewal.EXPIRED;
      case REVOKED -> Renewal.GONE;
    };
  }

  /// Marks the lease as expired if its time is over; true if it is expired and not yet revoked.
  synchronized boolean maybeExpire(long nowNanos) {
    if (state == State.RUNNING && deadlineNanos - nowNanos <= 0) {
      state = State.EXPIRED;
    }
    return state == State.EXPIRED;
  }

  synchronized boolean isRunning() {
    return state == State.RUNNING;
  }

  synchronized long nextCheckpointNanos() {
    return nextCheckpointNanos;
  }

  synchronized void checkpointAt(long nanos) {
    nextCheckpointNanos = nanos;
  }

  /// Calls back when the lease is revoked, at once if it is already.
  public void whenRevoked(Runnable callback) {
    synchronized (this) {
      if (state != State.REVOKED) {
        var more = new ArrayList<>(whenRevoked);
        more.add(callback);
        whenRevoked = more;
        return;
      }
    }
    callback.run();
  }

  void revoked() {
    List<Runnable> callbacks;
    synchronized (this) {
      state = State.REVOKED;
      callbacks = whenRevoked;
      whenRevoked = List.of();
    }
    callbacks.forEach(Runnable::run);
  }
}
