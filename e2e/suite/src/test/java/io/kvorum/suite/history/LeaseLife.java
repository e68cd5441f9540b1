package io.kvorum.suite.history;

import java.util.List;

/// What a client did with a lease of its own.
///
/// @param renewals the grant and each renewal that succeeded
/// @param revoked when it began to revoke it, `NEVER` if it did not
record LeaseLife(long id, List<Renewal> renewals, long revoked) {

  static final long NEVER = Long.MAX_VALUE;

  /// @param invoked when the client asked: the lease lives on for at least so long from then
  record Renewal(long invoked, long seconds) {}
}
