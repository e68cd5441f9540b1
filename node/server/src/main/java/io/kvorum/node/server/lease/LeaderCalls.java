package io.kvorum.node.server.lease;

import java.util.concurrent.CompletableFuture;

/// What a follower asks the leader to do for its clients.
public interface LeaderCalls {
  /// Renews a lease; fails exceptionally when the leader can't be reached or does not lead.
  CompletableFuture<Long> renew(long leaderId, long leaseId);

  CompletableFuture<TimeToLive> timeToLive(long leaderId, long leaseId);

  /// What is left of a lease.
  ///
  /// @param leftSeconds -1 when there is no such lease
  record TimeToLive(long leftSeconds, long grantedSeconds) {
    public static final TimeToLive NONE = new TimeToLive(-1, 0);
  }
}
