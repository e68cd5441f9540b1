package io.kvorum.node.server.lease;

import io.kvorum.node.core.kv.Bytes;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// What a follower asks the leader to do for its clients.
public interface LeaderCalls {
  /// Renews a lease; fails exceptionally when the leader can't be reached or does not lead.
  CompletableFuture<Long> renew(long leaderId, long leaseId);

  CompletableFuture<TimeToLive> timeToLive(long leaderId, long leaseId, boolean keysWanted);

  /// What is left of a lease, and its keys.
  ///
  /// @param leftSeconds -1 when there is no such lease
  record TimeToLive(long leftSeconds, long grantedSeconds, List<Bytes> keys) {
    public static final TimeToLive NONE = new TimeToLive(-1, 0, List.of());

    public TimeToLive {
      keys = List.copyOf(keys);
    }
  }
}
