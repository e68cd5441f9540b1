package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.HashKVRequest;
import io.kvorum.node.proto.etcd.HashKVResponse;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.suite.history.StoreClient;
import io.kvorum.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Single requests that read or change more than a member has memory for: every member goes on, all
/// come to the same content, one that is killed in the middle too, and watches miss nothing.
@Timeout(300)
final class WideWritesTest {

  /// Their values, twice, are about a member's heap of 256 MiB.
  private static final int KEYS = 120;

  /// One in so many keys is attached to the lease.
  private static final int ATTACHED = 4;

  private static final int VALUE_BYTES = 1 << 20;
  private static final int MAX_MESSAGE = 1 << 30;
  private static final long LEASE = 77;
  private static final Duration BOUND = Duration.ofSeconds(60);

  private static final String APPLIED_UNANSWERED =
      "RESOURCE_EXHAUSTED kvorum: the request was applied, but its answer is too large for this"
          + " member's memory, read apart from writing, in pages";

  private static final ByteString FROM = ByteString.copyFromUtf8("wide/");
  private static final ByteString TO = ByteString.copyFromUtf8("wide0");

  @TempDir private Path folder;

  @Test
  void changesWiderThanMemory_areApplied_byAllMembers() throws Exception {
    try (var cluster = new MemberCluster(Product.KVORUM, folder, 3).start();
        var client = new StoreClient(cluster.member(0).endpoint())) {
      var kv = KVGrpc.newBlockingStub(client.channel()).withMaxInboundMessageSize(MAX_MESSAGE);
      fill(client, kv);
      var inParts = new Deletions(client, true);
      var whole = new Deletions(client, false);

      var reading = TxnRequest.newBuilder().addSuccess(put("beside", ByteString.EMPTY, 0));
      for (int i = 0; i < 60; i++) {
        reading.addSuccess(RequestOp.newBuilder().setRequestRange(all()));
      }
      assertThat(refusal(() -> kv.txn(reading.build()))).isEqualTo(APPLIED_UNANSWERED);
      assertThat(client.get("beside", false).getCount()).isEqualTo(1);

      // The keys of a lease, while one member dies in the middle of it or next to it.
      var revocation = LeaseRevokeRequest.newBuilder().setID(LEASE).build();
      var asked = LeaseGrpc.newFutureStub(client.channel()).leaseRevoke(revocation);
      cluster.member(2).program().kill();
      Await.until("the other two end the lease", BOUND, asked::isDone);
      Await.until(
          "the lease is gone",
          BOUND,
          () ->
              refusal(() -> LeaseGrpc.newBlockingStub(client.channel()).leaseRevoke(revocation))
                  .equals("NOT_FOUND etcdserver: requested lease not found"));
      assertThat(count(kv)).isEqualTo(KEYS - KEYS / ATTACHED);
      cluster.member(2).start(cluster.initialCluster(), "new");

      assertThat(refusal(() -> kv.deleteRange(deletion()))).isEqualTo(APPLIED_UNANSWERED);
      assertThat(count(kv)).isZero();
      cluster.member(2).awaitHealthy();

      Await.until("all deletions come in parts", BOUND, () -> inParts.keys().size() == KEYS);
      assertThat(inParts.keys()).doesNotHaveDuplicates();
      assertThat(inParts.previousBytes()).isEqualTo((long) KEYS * VALUE_BYTES);
      Await.until("a watch without memory for it ends", BOUND, () -> !whole.reason().isEmpty());
      assertThat(whole.reason())
          .contains("more events than this member has memory for; watch with fragments");
      assertSameEverywhere(cluster, client.put("last", "one"));
      assertThat(cluster.lastWords()).doesNotContain("OutOfMemoryError", "defect");
    }
  }

  /// No byte can be compressed.
  private static void fill(StoreClient client, KVGrpc.KVBlockingStub kv) {
    var _ =
        LeaseGrpc.newBlockingStub(client.channel())
            .leaseGrant(LeaseGrantRequest.newBuilder().setID(LEASE).setTTL(3_600).build());
    var random = new Random(1);
    byte[] value = new byte[VALUE_BYTES];
    for (int i = 0; i < KEYS; i++) {
      random.nextBytes(value);
      RequestOp put =
          put("wide/%03d".formatted(i), ByteString.copyFrom(value), i % ATTACHED == 0 ? LEASE : 0);
      var _ = kv.put(put.getRequestPut());
    }
  }

  private static RequestOp put(String key, ByteString value, long lease) {
    var put =
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setValue(value)
            .setLease(lease);
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  private static RangeRequest all() {
    return RangeRequest.newBuilder().setKey(FROM).setRangeEnd(TO).build();
  }

  private static long count(KVGrpc.KVBlockingStub kv) {
    return kv.range(all().toBuilder().setCountOnly(true).build()).getCount();
  }

  private static DeleteRangeRequest deletion() {
    return DeleteRangeRequest.newBuilder().setKey(FROM).setRangeEnd(TO).setPrevKv(true).build();
  }

  private static String refusal(Supplier<?> call) {
    try {
      return "answered: " + call.get();
    } catch (StatusRuntimeException refused) {
      return refused.getStatus().getCode() + " " + refused.getStatus().getDescription();
    }
  }

  private static void assertSameEverywhere(MemberCluster cluster, long revision) throws Exception {
    List<Integer> hashes = new ArrayList<>();
    for (MemberProcess member : cluster.members()) {
      try (var client = new StoreClient(member.endpoint())) {
        var _ = client.get("last", false);
        HashKVResponse hashed =
            MaintenanceGrpc.newBlockingStub(client.channel())
                .hashKV(HashKVRequest.newBuilder().setRevision(revision).build());
        hashes.add(hashed.getHash());
      }
    }
    assertThat(hashes).hasSize(3).containsOnly(hashes.getFirst());
  }

  /// A watch of all deletions, with what was there before.
  private static final class Deletions implements StreamObserver<WatchResponse> {
    private final List<String> keys = new ArrayList<>();
    private final CompletableFuture<Void> created = new CompletableFuture<>();
    private long previousBytes;
    private String reason = "";

    Deletions(StoreClient client, boolean fragment) throws Exception {
      var create =
          WatchCreateRequest.newBuilder()
              .setKey(FROM)
              .setRangeEnd(TO)
              .setPrevKv(true)
              .setFragment(fragment)
              .addFilters(WatchCreateRequest.FilterType.NOPUT);
      WatchGrpc.newStub(client.channel())
          .withMaxInboundMessageSize(MAX_MESSAGE)
          .watch(this)
          .onNext(WatchRequest.newBuilder().setCreateRequest(create).build());
      created.get();
    }

    @Override
    public synchronized void onNext(WatchResponse response) {
      if (response.getCanceled()) {
        reason = response.getCancelReason();
      }
      for (var event : response.getEventsList()) {
        keys.add(event.getKv().getKey().toStringUtf8());
        previousBytes += event.getPrevKv().getValue().size();
      }
      created.complete(null);
    }

    @Override
    public synchronized void onError(Throwable failure) {
      reason = Status.fromThrowable(failure).toString();
    }

    @Override
    public void onCompleted() {}

    synchronized List<String> keys() {
      return List.copyOf(keys);
    }

    synchronized long previousBytes() {
      return previousBytes;
    }

    synchronized String reason() {
      return reason;
    }
  }
}
