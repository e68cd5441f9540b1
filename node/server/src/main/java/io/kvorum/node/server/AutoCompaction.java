package io.kvorum.node.server;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;

/// Decides when history is compacted and up to where. It is called at a steady pace with the time
/// and the current revision, and asks for neither.
///
/// Every member keeps an eye on the revisions, so that a new leader goes on where the old one was.
sealed interface AutoCompaction {

  /// How often it wants to be called.
  Duration pace();

  /// Takes note of the revision, and says which one to compact to now, if any.
  ///
  /// @param mayCompact whether this member leads and no compaction of its own is under way
  OptionalLong step(long nowNanos, long revision, boolean mayCompact);

  /// A compaction to this revision was done, or had been done by somebody else.
  void compacted(long nowNanos, long revision);

  /// Keeps what was current within a period: compacts for the first time when one has passed, then
  /// once a period or an hour, whichever is shorter, to the revision of one period ago.
  final class Periodic implements AutoCompaction {

    private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);
    private static final int STEPS_AN_INTERVAL = 10;

    /// Below this a timer would do nothing else.
    private static final Duration SHORTEST_PACE = Duration.ofMillis(100);

    private final Duration period;
    private final Duration interval;
    private final Duration pace;

    /// Invariant: the first is of one period ago, or of the beginning.
    private final Deque<Long> revisions = new ArrayDeque<>();

    private final long kept;
    private long lastNanos;
    private long lastRevision;
    private boolean first = true;

    Periodic(Duration period, long nowNanos) {
      this.period = period;
      interval = period.compareTo(LONGEST_INTERVAL) < 0 ? period : LONGEST_INTERVAL;
      Duration tenth = interval.dividedBy(STEPS_AN_INTERVAL);
      pace = tenth.compareTo(SHORTEST_PACE) < 0 ? SHORTEST_PACE : tenth;
      kept = period.dividedBy(pace) + 1;
      lastNanos = nowNanos;
    }

    @Override
    public Duration pace() {
      return pace;
    }

    @Override
    public OptionalLong step(long nowNanos, long revision, boolean mayCompact) {
      long target = revisions.isEmpty() ? 0 : revisions.getFirst();
      revisions.addLast(revision);
      if (revisions.size() > kept) {
        revisions.removeFirst();
      }
      long waited = nowNanos - lastNanos;
      boolean due = waited >= (first ? period : interval).toNanos();
      return mayCompact && due && target > lastRevision
          ? OptionalLong.of(target)
          : OptionalLong.empty();
    }

    @Override
    public void compacted(long nowNanos, long revision) {
      first = false;
      lastNanos = nowNanos;
      lastRevision = revision;
    }
  }

  /// Keeps the newest revisions: looks every five minutes.
  final class Revisions implements AutoCompaction {

    private static final Duration PACE = Duration.ofMinutes(5);

    private final long count;
    private final long beganNanos;
    private long lastRevision;

    Revisions(long count, long nowNanos) {
      this.count = count;
      beganNanos = nowNanos;
    }

    @Override
    public Duration pace() {
      return PACE;
    }

    @Override
    public OptionalLong step(long nowNanos, long revision, boolean mayCompact) {
      long target = revision - count;
      return mayCompact && nowNanos - beganNanos >= PACE.toNanos() && target > lastRevision
          ? OptionalLong.of(target)
          : OptionalLong.empty();
    }

    @Override
    public void compacted(long nowNanos, long revision) {
      lastRevision = revision;
    }
  }
}
