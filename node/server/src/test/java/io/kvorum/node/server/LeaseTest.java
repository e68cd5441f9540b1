package io.kvorum.node.server;

import static io.kvorum.node.server.Calls.bytes;
import static io.kvorum.node.server.Calls.errorOf;
import static io.kvorum.node.server.Calls.get;
import static io.kvorum.node.server.Calls.putUntilDone;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrantResponse;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.proto.etcd.LeaseLeasesRequest;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveRequest;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveResponse;
import io.kvorum.testkit.Await;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseTest {
  @TempDir Path folder;

  private static LeaseGrantResponse grant(LocalCluster.Node node, long ttl, long id) {
    return node.lease().leaseGrant(LeaseGrantRequest.newBuilder().setTTL(ttl).setID(id).build());
  }

  private static void putWithLease(LocalCluster.Node node, String key, long lease) {
    var _ = node.kv().put(Calls.putRequest(key, "v").toBuilder().setLease(lease).build());
  }

  private static LeaseTimeToLiveResponse timeToLive(LocalCluster.Node node, long id) {
    return node.lease()
        .leaseTimeToLive(LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(true).build());
  }

  private static long keepAliveOnce(LocalCluster.Node node, long id) throws Exception {
    var ttl = new CompletableFuture<Long>();
    var requests =
        node.leaseStream()
            .leaseKeepAlive(
                new StreamObserver<LeaseKeepAliveResponse>() {
                  @Override
                  public void onNext(LeaseKeepAliveResponse response) {
                    ttl.complete(response.getTTL());
                  }

                  @Override
                  public void onError(Throwable failure) {
                    ttl.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(id).build());
    long seconds = ttl.get(20, TimeUnit.SECONDS);
    requests.onCompleted();
    return seconds;
  }

  @Test
  void leaseEndsWithItsKeys() throws Exception {
    try (var cluster = LocalCluster.started(folder, 1)) {
      var node = cluster.node(1);
      assertThat(errorOf(() -> grant(node, 9_000_000_001L, 1)))
          .isEqualTo("OUT_OF_RANGE etcdserver: too large lease TTL");
      LeaseGrantResponse granted = grant(node, 0, 0);
      assertThat(granted.getID()).isPositive();
      assertThat(granted.getTTL()).isEqualTo(1);
      assertThat(errorOf(() -> grant(node, 5, granted.getID())))
          .isEqualTo("FAILED_PRECONDITION etcdserver: lease already exists");
      putWithLease(node, "a", granted.getID());
      assertThat(timeToLive(node, granted.getID()).getKeysList()).containsExactly(bytes("a"));
      Await.until("the lease expires", LocalCluster.BOUND, () -> get(node, "a").isEmpty());
      assertThat(timeToLive(node, granted.getID()).getTTL()).isEqualTo(-1);
      assertThat(keepAliveOnce(node, granted.getID())).isZero();
      assertThat(errorOf(() -> putWithLease(node, "b", granted.getID())))
          .isEqualTo("NOT_FOUND etcdserver: requested lease not found");
    }
  }

  @Test
  void everyMemberRenews_andALeaderChangeEndsNoLease() throws Exception {
    try (var cluster = LocalCluster.started(folder, 3)) {
      var leader = cluster.leader();
      var follower = cluster.follower();
      grant(follower, 2, 7);
      putWithLease(follower, "kept", 7);
      grant(follower, 3_600, 8);
      assertThat(keepAliveOnce(follower, 7)).isEqualTo(2);
      assertThat(timeToLive(follower, 8).getTTL()).isBetween(3_590L, 3_600L);
      assertThat(
              follower
                  .lease()
                  .leaseLeases(LeaseLeasesRequest.getDefaultInstance())
                  .getLeasesList()
                  .stream()
                  .map(status -> status.getID()))
          .containsExactlyInAnyOrder(7L, 8L);
      leader.kill();
      putUntilDone(follower, "after", "the leader died");
      assertThat(keepAliveOnce(follower, 7)).isEqualTo(2);
      assertThat(get(follower, "kept")).isEqualTo("v");
      var _ = follower.lease().leaseRevoke(LeaseRevokeRequest.newBuilder().setID(7).build());
      assertThat(get(follower, "kept")).isEmpty();
      assertThat(
              errorOf(() ->
                  follower.lease().leaseRevoke(LeaseRevokeRequest.newBuilder().setID(7).build())))
          .isEqualTo("NOT_FOUND etcdserver: requested lease not found");
      assertThat(timeToLive(follower, 8).getTTL()).isGreaterThan(3_500);
    }
  }

  /// A client that never reads would else have its answers kept for it without bound.
  @Test
  void nextRenewalIsRead_whenTheAnswerHasFoundRoom() {
    try (var cluster = LocalCluster.started(folder, 1)) {
      var node = cluster.node(1);
      grant(node, 3_600, 7);
      var method = keepAlives(node);
      var call = new HandDrivenCall<>(method.getMethodDescriptor());
      var listener = method.getServerCallHandler().startCall(call, new Metadata());
      var renewal = LeaseKeepAliveRequest.newBuilder().setID(7).build();
      // A member that stood still for a moment asks a quorum before it answers.
      listener.onMessage(renewal);
      Await.until("there was room", LocalCluster.BOUND, () -> call.requested.get() == 2);
      call.ready = false;
      listener.onMessage(renewal);
      Await.until("an answer", LocalCluster.BOUND, () -> call.sent.size() == 2);
      assertThat(call.requested.get()).as("there is none").isEqualTo(2);
      call.ready = true;
      listener.onReady();
      assertThat(call.requested.get()).as("there is again").isEqualTo(3);
      listener.onCancel();
    }
  }

  @SuppressWarnings("unchecked") // by its name
  private static ServerMethodDefinition<LeaseKeepAliveRequest, LeaseKeepAliveResponse> keepAlives(
      LocalCluster.Node node) {
    String name = LeaseGrpc.getLeaseKeepAliveMethod().getFullMethodName();
    return (ServerMethodDefinition<LeaseKeepAliveRequest, LeaseKeepAliveResponse>)
        node.services().stream()
            .flatMap(service -> service.getMethods().stream())
            .filter(method -> method.getMethodDescriptor().getFullMethodName().equals(name))
            .findFirst()
            .orElseThrow();
  }

  /// A call whose connection is the test.
  private static final class HandDrivenCall<Q, S> extends ServerCall<Q, S> {
    private final MethodDescriptor<Q, S> method;
    private final List<S> sent = new CopyOnWriteArrayList<>();
    private final AtomicInteger requested = new AtomicInteger();
    private volatile boolean ready = true;

    HandDrivenCall(MethodDescriptor<Q, S> method) {
      this.method = method;
    }

    @Override
    public void request(int messages) {
      requested.addAndGet(messages);
    }

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(S message) {
      sent.add(message);
    }

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public void close(Status status, Metadata trailers) {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<Q, S> getMethodDescriptor() {
      return method;
    }
  }
}
