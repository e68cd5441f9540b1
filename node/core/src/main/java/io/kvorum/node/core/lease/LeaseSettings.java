package io.kvorum.node.core.lease;

/// Times of leases.
///
/// @param tickMillis one tick of consensus
/// @param electionTicks shortest election timeout: what a new leader adds to every lease
/// @param checkpointSeconds how often the rest of a long lease is noted in the log
public record LeaseSettings(int tickMillis, int electionTicks, int checkpointSeconds) {
  static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int CHECKPOINT_SECONDS = 300;

  public static LeaseSettings standard(int tickMillis, int electionTicks) {
    return new LeaseSettings(tickMillis, electionTicks, CHECKPOINT_SECONDS);
  }

  /// A lease must outlive an election: one and a half election timeouts, in whole seconds.
  public long minimumTtlSeconds() {
    long millis = 3L * electionTicks / 2 * tickMillis;
    return (millis + 999) / 1_000;
  }

  long electionNanos() {
    return (long) electionTicks * tickMillis * 1_000_000L;
  }

  long checkpointNanos() {
    return checkpointSeconds * NANOS_PER_SECOND;
  }

  /// A leader that has not run for this long may have been deposed meanwhile.
  long stallNanos() {
    return 3L * tickMillis * 1_000_000L;
  }
}
