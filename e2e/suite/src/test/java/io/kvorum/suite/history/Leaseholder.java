package io.kvorum.suite.history;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;

/// A client whose keys end with leases: it attaches some to each, renews it for a while, and then
/// revokes it or lets it end.
final class Leaseholder {

  private static final int SECONDS = 2;
  private static final int MOST_RENEWALS = 4;
  private static final long PATIENCE_MILLIS = 3_000;

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
    } catch (StatusRuntimeException | ExecutionException | TimeoutException e) {
      // The member has failed, or the lease has ended: what was heard of it by then counts.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (!renewals.isEmpty()) {
        lives.add(new LeaseLife(id, List.copyOf(renewals), revoked));
      }
    }
    return !renewals.isEmpty();
  }

  private static LeaseGrpc.LeaseBlockingStub leases(StoreClient client) {
    return LeaseGrpc.newBlockingStub(client.channel())
        .withDeadlineAfter(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static LeaseLife.Renewal grant(StoreClient client, long id) {
    long invoked = System.nanoTime();
    long seconds =
        leases(client)
            .leaseGrant(LeaseGrantRequest.newBuilder().setID(id).setTTL(SECONDS).build())
            .getTTL();
    return new LeaseLife.Renewal(invoked, seconds);
  }

  private static LeaseLife.Renewal renew(StoreClient client, long id)
      throws InterruptedException, ExecutionException, TimeoutException {
    long invoked = System.nanoTime();
    var answer = new CompletableFuture<LeaseKeepAliveResponse>();
    StreamObserver<LeaseKeepAliveRequest> requests =
        LeaseGrpc.newStub(client.channel())
            .withDeadlineAfter(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
            .leaseKeepAlive(new First(answer));
    requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(id).build());
    long seconds = answer.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).getTTL();
    requests.onCompleted();
    if (seconds <= 0) {
      throw new ExecutionException("the lease has ended", null);
    }
    return new LeaseLife.Renewal(invoked, seconds);
  }

  private record First(CompletableFuture<LeaseKeepAliveResponse> answer)
      implements StreamObserver<LeaseKeepAliveResponse> {

    @Override
    public void onNext(LeaseKeepAliveResponse response) {
      answer.complete(response);
    }

    @Override
    public void onError(Throwable failure) {
      answer.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      answer.completeExceptionally(new IllegalStateException("ended without an answer"));
    }
  }
}
