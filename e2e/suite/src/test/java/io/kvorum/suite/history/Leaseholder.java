package io.kvorum.suite.history;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// A client whose keys end with leases: it attaches some to each, renews it for a while, and then
/// revokes it or lets it end.
final class Leaseholder {

  private static final int SECONDS = 2;
  private static final int MOST_RENEWALS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final int number;
  private final String prefix;
  private final RandomGenerator random;
  private final History history;
  private final Queue<LeaseLife> lives = new ConcurrentLinkedQueue<>();
  private long serial;

  Leaseholder(int number, String prefix, RandomGenerator random, History history) {
    this.number = number;
    this.prefix = prefix + "lease/" + number + "/";
    this.random = random;
    this.history = history;
  }

  List<LeaseLife> lives() {
    return List.copyOf(lives);
  }

  /// Lives through one lease, or as much of it as the member answers; whether it answered at all.
  boolean live(StoreClient client) {
    long id = 1_000_000L * (number + 1) + ++serial;
    var renewals = new ArrayList<LeaseLife.Renewal>();
    long revoked = LeaseLife.NEVER;
    try {
      renewals.add(grant(client, id));
      int keys = random.nextInt(1, 4);
      for (int i = 0; i < keys; i++) {
        var put = new Operation.Put(prefix + i, "l" + number + "-" + serial + "-" + i, id);
        var _ = history.perform(client, Operation.Write.of(put));
      }
      for (int left = random.nextInt(MOST_RENEWALS); left > 0; left--) {
        renewals.add(renew(client, id));
      }
      if (random.nextBoolean()) {
        revoked = System.nanoTime();
        var _ = leases(client).leaseRevoke(LeaseRevokeRequest.newBuilder().setID(id).build());
      }
    } catch (StatusRuntimeException e) {
      // The member has failed, or the lease has ended: what was heard of it by then counts.
    } finally {
      if (!renewals.isEmpty()) {
        lives.add(new LeaseLife(id, List.copyOf(renewals), revoked));
      }
    }
    return !renewals.isEmpty();
  }

  private static LeaseGrpc.LeaseBlockingStub leases(StoreClient client) {
    return LeaseGrpc.newBlockingStub(client.channel())
        .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static LeaseLife.Renewal grant(StoreClient client, long id) {
    long invoked = System.nanoTime();
    long seconds =
        leases(client)
            .leaseGrant(LeaseGrantRequest.newBuilder().setID(id).setTTL(SECONDS).build())
            .getTTL();
    return new LeaseLife.Renewal(invoked, seconds);
  }

  private static LeaseLife.Renewal renew(StoreClient client, long id) {
    long invoked = System.nanoTime();
    long seconds = client.renew(id, PATIENCE);
    if (seconds <= 0) {
      throw Status.NOT_FOUND.withDescription("the lease has ended").asRuntimeException();
    }
    return new LeaseLife.Renewal(invoked, seconds);
  }
}
