package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.HashKVRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RangeStreamResponse;
import io.kvorum.suite.history.StoreClient;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Bugs and weaknesses of etcd that only show in whole processes, each shown not to be here.
@Timeout(300)
final class EtcdBugsTest {

  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final long LEASE = 7;
  private static final int LEASE_SECONDS = 5;
  private static final int ROUNDS = Integer.getInteger("suite.crashRounds", 1);
  private static final int LARGE_KEYS = 100;
  private static final int LARGE_VALUE_BYTES = 900_000;

  @TempDir private Path folder;

  /// etcd #15247, #12528, and the stale reads of 2026: a leader that had been paused went on as if
  /// it led. It answered reads from what it had, and ended leases that were renewed elsewhere.
  @Test
  void pausedLeader_neitherAnswersStaleReads_norEndsLeases() throws Exception {
    try (var cluster = new MemberCluster(Product.KVORUM, folder, 3).start()) {
      MemberProcess leader = leader(cluster);
      MemberProcess other =
          cluster.members().stream().filter(member -> member != leader).findFirst().orElseThrow();
      try (var old = new StoreClient(leader.endpoint());
          var client = new StoreClient(other.endpoint())) {
        var leases = LeaseGrpc.newBlockingStub(client.channel());
        var _ =
            leases.leaseGrant(
                LeaseGrantRequest.newBuilder().setID(LEASE).setTTL(LEASE_SECONDS).build());
        putLeased(client, "before");
        assertThat(value(old.get("k", false))).isEqualTo("before");
        assertThat(renew(client)).isEqualTo(LEASE_SECONDS);
        leader.program().signal("STOP");
        var answer = new CompletableFuture<RangeResponse>();
        KVGrpc.newStub(old.channel())
            .withDeadlineAfter(BOUND)
            .range(RangeRequest.newBuilder().setKey(bytes("k")).build(), new First<>(answer));
        Await.until("another leads", BOUND, () -> renew(client) == LEASE_SECONDS);
        var _ = putLeased(client, "after");
        // Longer than the lease had when the old leader stopped.
        long start = System.nanoTime();
        Await.until(
            "the lease's first time is over",
            BOUND,
            () ->
                renew(client) == LEASE_SECONDS
                    && System.nanoTime() - start > TimeUnit.SECONDS.toNanos(LEASE_SECONDS));
        leader.program().signal("CONT");
        assertThat(fresh(answer)).isIn("after", "UNAVAILABLE", "DEADLINE_EXCEEDED");
        Await.until("it follows", BOUND, () -> value(old.get("k", false)).equals("after"));
        assertThat(renew(client)).as("the lease goes on").isEqualTo(LEASE_SECONDS);
        assertThat(value(client.get("k", false))).isEqualTo("after");
      }
    }
  }

  private static MemberProcess leader(MemberCluster cluster) {
    int index = Rows.status(cluster).indexOf(Rows.leaders(cluster).getFirst());
    return cluster.member(index);
  }

  private static long putLeased(StoreClient client, String value) {
    return KVGrpc.newBlockingStub(client.channel())
        .withDeadlineAfter(10, TimeUnit.SECONDS)
        .put(
            PutRequest.newBuilder()
                .setKey(bytes("k"))
                .setValue(bytes(value))
                .setLease(LEASE)
                .build())
        .getHeader()
        .getRevision();
  }

  private static long renew(StoreClient client) {
    return client.renew(LEASE, Duration.ofSeconds(20));
  }

  private static String fresh(CompletableFuture<RangeResponse> answer) throws Exception {
    try {
      return value(answer.get(BOUND.toSeconds(), TimeUnit.SECONDS));
    } catch (ExecutionException failed) {
      return Status.fromThrowable(failed.getCause()).getCode().name();
    }
  }

  private static String value(RangeResponse response) {
    return response.getKvsCount() == 0 ? "" : response.getKvs(0).getValue().toStringUtf8();
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  /// The first message of a call, or its failure.
  private record First<T>(CompletableFuture<T> first) implements StreamObserver<T> {
    @Override
    public void onNext(T value) {
      first.complete(value);
    }

    @Override
    public void onError(Throwable failure) {
      first.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {}
  }

  /// etcd #14685: a crash during a defragmentation set the applied index back, and what came again
  /// was applied twice.
  @Test
  void issue14685_killedWhileDefragmenting_nothingIsLostOrDoubled() throws Exception {
    try (var cluster = new MemberCluster(Product.KVORUM, folder, 1).start()) {
      MemberProcess member = cluster.member(0);
      for (int round = 0; round < ROUNDS; round++) {
        long revision;
        int hash;
        try (var client = new StoreClient(member.endpoint())) {
          String value = "v".repeat(4_000);
          for (int i = 0; i < 600; i++) {
            var _ = client.put("k" + i % 300, round + value);
          }
          revision = client.put("last", "" + round);
          hash = hash(client, revision);
          Program defragmenting = cluster.command("defrag").start();
          for (int i = 0; i < 20 * (round + 1); i++) {
            revision = client.put("beside", "" + i);
          }
          member.program().kill();
          defragmenting.close();
        }
        cluster.start();
        try (var client = new StoreClient(member.endpoint())) {
          assertThat(client.put("next", "" + round)).isEqualTo(revision + 1);
          assertThat(hash(client, revision - 20L * (round + 1))).isEqualTo(hash);
        }
      }
      assertThat(cluster.succeed("defrag")).contains("Finished defragmenting");
    }
  }

  private static int hash(StoreClient client, long revision) {
    return MaintenanceGrpc.newBlockingStub(client.channel())
        .hashKV(HashKVRequest.newBuilder().setRevision(revision).build())
        .getHash();
  }

  /// etcd builds an answer in memory whatever its size, and for every client that asks and does not
  /// read. Here answers share a quarter of the heap: what does not fit is refused and says how to
  /// read instead, and the member goes on.
  @Test
  void answersLargerThanMemory_areRefused_andStreamed() throws Exception {
    try (var cluster = new MemberCluster(Product.KVORUM, folder, 1).start();
        var client = new StoreClient(cluster.endpoints())) {
      var value = ByteString.copyFrom(new byte[LARGE_VALUE_BYTES]);
      var kv = KVGrpc.newBlockingStub(client.channel()).withMaxInboundMessageSize(1 << 30);
      for (int i = 0; i < LARGE_KEYS; i++) {
        var _ = kv.put(PutRequest.newBuilder().setKey(bytes("large/" + i)).setValue(value).build());
      }
      assertThat(refusal(kv)).startsWith("RESOURCE_EXHAUSTED kvorum: the answer is too large");
      Iterator<RangeStreamResponse> pieces = kv.rangeStream(range(0));
      int streamed = 0;
      while (pieces.hasNext()) {
        streamed += pieces.next().getRangeResponse().getKvsCount();
      }
      assertThat(streamed).isEqualTo(LARGE_KEYS);
      assertThat(kv.range(range(40)).getKvsCount()).isEqualTo(40);
      var unread = new ArrayList<Unread>();
      BlockingQueue<Status> ends = new LinkedBlockingQueue<>();
      for (int i = 0; i < 100; i++) {
        unread.add(new Unread(ends));
        KVGrpc.newStub(client.channel())
            .withMaxInboundMessageSize(1 << 30)
            .range(range(20), unread.getLast());
      }
      Status first = ends.poll(BOUND.toSeconds(), TimeUnit.SECONDS);
      assertThat(first).isNotNull();
      assertThat(first.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(first.getDescription()).isEqualTo("etcdserver: too many requests");
      assertThat(client.put("small", "one")).isPositive();
      unread.forEach(Unread::cancel);
      Await.until(
          "who has left gives room back", BOUND, () -> kv.range(range(40)).getKvsCount() == 40);
      assertThat(cluster.lastWords()).doesNotContain("OutOfMemoryError", "defect");
    }
  }

  private static String refusal(KVGrpc.KVBlockingStub kv) {
    try {
      return "answered: " + kv.range(range(0)).getKvsCount();
    } catch (StatusRuntimeException refused) {
      return refused.getStatus().getCode() + " " + refused.getStatus().getDescription();
    }
  }

  private static RangeRequest range(int limit) {
    return RangeRequest.newBuilder()
        .setKey(bytes("large/"))
        .setRangeEnd(bytes("large0"))
        .setLimit(limit)
        .build();
  }

  /// A call whose answer is not read.
  private static final class Unread implements ClientResponseObserver<RangeRequest, RangeResponse> {
    private final BlockingQueue<Status> ends;
    private @Nullable ClientCallStreamObserver<RangeRequest> call;

    Unread(BlockingQueue<Status> ends) {
      this.ends = ends;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<RangeRequest> stream) {
      call = stream;
      stream.disableAutoRequestWithInitial(0);
    }

    @Override
    public void onNext(RangeResponse response) {}

    @Override
    public void onError(Throwable failure) {
      ends.add(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {}

    void cancel() {
      if (call != null) {
        call.cancel("not wanted any more", null);
      }
    }
  }
}
