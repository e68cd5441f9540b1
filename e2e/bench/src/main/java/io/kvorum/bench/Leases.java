package io.kvorum.bench;

import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/// A lease for each client.
final class Leases {

  private static final long GRANT_SECONDS = 20;

  private Leases() {}

  /// The ids, by client.
  static long[] grant(Connections connections, int clients, long ttlSeconds) {
    var request = LeaseGrantRequest.newBuilder().setTTL(ttlSeconds).build();
    try {
      return IntStream.range(0, clients)
          .mapToLong(client ->
              LeaseGrpc.newBlockingStub(connections.channel(client))
                  .withDeadlineAfter(GRANT_SECONDS, TimeUnit.SECONDS)
                  .leaseGrant(request)
                  .getID())
          .toArray();
    } catch (StatusRuntimeException e) {
      throw new IllegalStateException("no lease is granted: " + e.getStatus(), e);
    }
  }
}
