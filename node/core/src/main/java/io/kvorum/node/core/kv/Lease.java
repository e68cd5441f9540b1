package io.kvorum.node.core.kv;

/// A lease as the log knows it: its time to live, and what was left of it at the last checkpoint (0
/// when there was none). Deadlines are the leader's affair.
public record Lease(long id, long ttlSeconds, long remainingSeconds) {

  /// The longest time to live that may be granted, as in etcd.
  public static final long MAX_TTL_SECONDS = 9_000_000_000L;

  /// What a new leader starts the lease's clock with.
  public long effectiveSeconds() {
    return remainingSeconds > 0 ? remainingSeconds : ttlSeconds;
  }
}
