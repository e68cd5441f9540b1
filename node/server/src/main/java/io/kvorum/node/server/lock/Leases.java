package io.kvorum.node.server.lock;

/// The leases behind locks and elections.
final class Leases {
  /// The life of what is held with a lease of ours, which ends by itself.
  private static final long OWN_TTL_SECONDS = 60;

  private Leases() {}

  /// The client's lease, or one of ours if it has none.
  static long orGranted(OwnStore store, long lease) {
    return lease == 0 ? store.grant(OWN_TTL_SECONDS) : lease;
  }
}
