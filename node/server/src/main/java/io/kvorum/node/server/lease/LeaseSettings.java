package io.kvorum.node.server.lease;

/// Times of leases.
///
/// @param tickMillis one tick of consensus
/// @param electionTicks shortest election timeout: what a new leader adds to every lease
public record LeaseSettings(int tickMillis, int electionTicks) {
  static final long NANOS_PER_SECOND = 1_000_000_000L;

  /// A lease must outlive an election: one and a half election timeouts, in whole seconds.
  long minimumTtlSeconds() {
    long millis = 3L * electionTicks / 2 * tickMillis;
    return (millis + 999) / 1_000;
  }

  long electionNanos() {
    return (long) electionTicks * tickMillis * 1_000_000L;
  }

  /// A leader that has not run for this long may have been deposed meanwhile.
  long stallNanos() {
    return 3L * tickMillis * 1_000_000L;
  }
}
