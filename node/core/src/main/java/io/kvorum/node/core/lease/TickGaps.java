package io.kvorum.node.core.lease;

/// Knows how long consensus may have stood still: since its last tick, or in a gap just before it.
///
/// A process that was paused runs its overdue tick first, and looks punctual from then on, while it
/// may have been deposed. So a gap counts for a while behind its end, until the lessor has looked
/// after itself.
///
/// Threads: `ticked` belongs to one, `since` may be asked from any.
public final class TickGaps {
  private static final long REMEMBERED_NANOS = 2 * Lessor.TICK_NANOS;

  private volatile Seen seen;

  /// @param gapNanos the longest gap that is remembered
  private record Seen(long lastTick, long gapNanos, long gapEnded) {}

  public TickGaps(long nowNanos) {
    this.seen = new Seen(nowNanos, 0, nowNanos);
  }

  /// Consensus ticks.
  public void ticked(long nowNanos) {
    Seen before = seen;
    long gap = nowNanos - before.lastTick;
    boolean longer = gap >= before.gapNanos || nowNanos - before.gapEnded > REMEMBERED_NANOS;
    seen =
        longer
            ? new Seen(nowNanos, gap, nowNanos)
            : new Seen(nowNanos, before.gapNanos, before.gapEnded);
  }

  /// For how long consensus may have stood still, in nanoseconds.
  public long since(long nowNanos) {
    Seen now = seen;
    long open = nowNanos - now.lastTick;
    return nowNanos - now.gapEnded > REMEMBERED_NANOS ? open : Math.max(open, now.gapNanos);
  }
}
