package io.kvorum.suite.members;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.node.proto.election.CampaignRequest;
import io.kvorum.node.proto.election.CampaignResponse;
import io.kvorum.node.proto.election.ElectionGrpc;
import io.kvorum.node.proto.election.LeaderKey;
import io.kvorum.node.proto.election.LeaderRequest;
import io.kvorum.node.proto.election.LeaderResponse;
import io.kvorum.node.proto.election.ProclaimRequest;
import io.kvorum.node.proto.election.ResignRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseLeasesRequest;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.LeaseStatus;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.lock.LockGrpc;
import io.kvorum.node.proto.lock.LockRequest;
import io.kvorum.node.proto.lock.LockResponse;
import io.kvorum.node.proto.lock.UnlockRequest;
import io.kvorum.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Everything that can be said to the lock and election services, on a new store, and what came
/// back. The parties speak to one member after the other.
final class LockConversation implements AutoCloseable {

  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final ByteString NAME = bytes("n");

  private final List<ManagedChannel> channels;
  private final List<String> told = new ArrayList<>();
  private int calls;

  LockConversation(List<String> endpoints) {
    channels =
        endpoints.stream()
            .map(endpoint -> NettyChannelBuilder.forTarget(endpoint).usePlaintext().build())
            .toList();
  }

  /// Runs it all.
  List<String> told() throws Exception {
    for (long lease : List.of(7L, 8L, 9L, -5L)) {
      grant(lease);
    }
    locks();
    elections();
    return told;
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private ManagedChannel channel() {
    return channels.get(calls++ % channels.size());
  }

  private LockGrpc.LockBlockingStub lock() {
    return LockGrpc.newBlockingStub(channel()).withDeadlineAfter(BOUND);
  }

  private ElectionGrpc.ElectionBlockingStub election() {
    return ElectionGrpc.newBlockingStub(channel()).withDeadlineAfter(BOUND);
  }

  private LeaseGrpc.LeaseBlockingStub lease() {
    return LeaseGrpc.newBlockingStub(channel()).withDeadlineAfter(BOUND);
  }

  private void grant(long id) {
    var _ = lease().leaseGrant(LeaseGrantRequest.newBuilder().setID(id).setTTL(600).build());
  }

  private void revoke(long id) {
    var _ = lease().leaseRevoke(LeaseRevokeRequest.newBuilder().setID(id).build());
  }

  /// Notes what became of a call, without ids and terms.
  private void note(String what, Supplier<?> call) {
    String answer;
    try {
      answer = call.get().toString();
    } catch (StatusRuntimeException e) {
      answer = e.getStatus().getCode() + ": " + e.getStatus().getDescription();
    }
    told.add(
        what
            + " -> "
            + answer
                .replaceAll("(cluster_id|member_id|raft_term): \\d+\\s*", "")
                .replaceAll("\\s+", " ")
                .strip());
  }

  private LockResponse locked(long lease) {
    return lock().lock(LockRequest.newBuilder().setName(NAME).setLease(lease).build());
  }

  private UnlockRequest unlock(String key) {
    return UnlockRequest.newBuilder().setKey(bytes(key)).build();
  }

  private void awaitKeys(String prefix, long count) {
    Await.until(
        count + " keys under " + prefix,
        BOUND,
        () ->
            KVGrpc.newBlockingStub(channel())
                    .range(
                        RangeRequest.newBuilder()
                            .setKey(bytes(prefix + "/"))
                            .setRangeEnd(bytes(prefix + "0"))
                            .setCountOnly(true)
                            .build())
                    .getCount()
                == count);
  }

  // ---- Locks

  private void locks() throws Exception {
    note("lock with a lease that is none", () -> locked(99));
    note("lock", () -> locked(7));
    note("lock again", () -> locked(7));
    CompletableFuture<LockResponse> waiting = later(() -> locked(8));
    awaitKeys("n", 2);
    note("somebody waits", waiting::isDone);
    note("unlock", () -> lock().unlock(unlock("n/7")));
    note("the next one has it", () -> joined(waiting));
    note("unlock again", () -> lock().unlock(unlock("n/7")));
    note("unlock nothing", () -> lock().unlock(unlock("")));
    leaving();
    expiring();
    note("a lock of a negative lease", () -> locked(-5));
    revoke(-5);
    ownLease();
  }

  /// A waiting client goes away.
  private void leaving() throws Exception {
    try (var context = Context.current().withCancellation()) {
      CompletableFuture<LockResponse> left =
          CompletableFuture.supplyAsync(() -> call(context, () -> locked(9)));
      awaitKeys("n", 2);
      context.cancel(null);
      note("who left", () -> joined(left));
      awaitKeys("n", 1);
    }
  }

  private static <T> T call(Context context, Supplier<T> call) {
    Context before = context.attach();
    try {
      return call.get();
    } finally {
      context.detach(before);
    }
  }

  /// A waiting client's lease ends.
  private void expiring() throws Exception {
    CompletableFuture<LockResponse> late = later(() -> locked(9));
    awaitKeys("n", 2);
    revoke(9);
    awaitKeys("n", 1);
    note("unlock", () -> lock().unlock(unlock("n/8")));
    note("who waited for a lock without a lease", () -> joined(late));
  }

  private void ownLease() {
    LockResponse response = locked(0);
    List<LeaseStatus> leases =
        lease().leaseLeases(LeaseLeasesRequest.getDefaultInstance()).getLeasesList();
    LeaseStatus own =
        leases.stream()
            .filter(
                lease -> response.getKey().equals(bytes("n/" + Long.toHexString(lease.getID()))))
            .findFirst()
            .orElseThrow();
    note(
        "a lease of the server's own",
        () ->
            lease()
                .leaseTimeToLive(LeaseTimeToLiveRequest.newBuilder().setID(own.getID()).build())
                .getGrantedTTL());
    revoke(own.getID());
  }

  // ---- Elections

  private CampaignResponse campaigned(long lease, String value) {
    return election()
        .campaign(
            CampaignRequest.newBuilder()
                .setName(NAME)
                .setLease(lease)
                .setValue(bytes(value))
                .build());
  }

  private LeaderResponse leader() {
    return election().leader(LeaderRequest.newBuilder().setName(NAME).build());
  }

  private static ProclaimRequest proclaim(LeaderKey leader, String value) {
    return ProclaimRequest.newBuilder().setLeader(leader).setValue(bytes(value)).build();
  }

  private static ResignRequest resign(LeaderKey leader) {
    return ResignRequest.newBuilder().setLeader(leader).build();
  }

  private void elections() throws Exception {
    revoke(8);
    grant(8);
    grant(9);
    note("no leader", this::leader);
    Iterator<LeaderResponse> observed =
        election().observe(LeaderRequest.newBuilder().setName(NAME).build());
    CompletableFuture<LeaderResponse> firstSeen = CompletableFuture.supplyAsync(observed::next);
    note("campaign with a lease that is none", () -> campaigned(99, "x"));
    CampaignResponse won = campaigned(7, "one");
    note("campaign", () -> won);
    note("observed", () -> joined(firstSeen));
    note("campaign again", () -> campaigned(7, "one"));
    note("campaign with something new to say", () -> campaigned(7, "uno"));
    note("observed", observed::next);
    note("leader", this::leader);
    CompletableFuture<CampaignResponse> waiting = later(() -> campaigned(8, "two"));
    awaitKeys("n", 2);
    note("proclaim", () -> election().proclaim(proclaim(won.getLeader(), "1")));
    note("observed", observed::next);
    note("proclaim of nobody", () -> election().proclaim(ProclaimRequest.getDefaultInstance()));
    LeaderKey wrong = won.getLeader().toBuilder().setRev(1).build();
    note("proclaim of another", () -> election().proclaim(proclaim(wrong, "x")));
    note("resign of another", () -> election().resign(resign(wrong)));
    note("resign of nobody", () -> election().resign(ResignRequest.getDefaultInstance()));
    LeaderKey nameless = LeaderKey.newBuilder().setLease(7).build();
    note("proclaim without a key", () -> election().proclaim(proclaim(nameless, "x")));
    note("resign without a key", () -> election().resign(resign(nameless)));
    note("resign", () -> election().resign(resign(won.getLeader())));
    note("the next one leads", () -> joined(waiting));
    note("observed", observed::next);
    note("proclaim too late", () -> election().proclaim(proclaim(won.getLeader(), "x")));
    note("resign again", () -> election().resign(resign(won.getLeader())));
    revoke(8);
    note("no leader", this::leader);
    var _ =
        KVGrpc.newBlockingStub(channel())
            .put(PutRequest.newBuilder().setKey(bytes("n/any")).setValue(bytes("by hand")).build());
    note("observed", observed::next);
    note("leader", this::leader);
  }

  private static <T> CompletableFuture<T> later(Supplier<T> call) {
    return CompletableFuture.supplyAsync(call);
  }

  /// What came of it, with its own error.
  private static <T> T joined(CompletableFuture<T> future) {
    try {
      return future.orTimeout(BOUND.toMillis(), TimeUnit.MILLISECONDS).join();
    } catch (java.util.concurrent.CompletionException e) {
      if (e.getCause() instanceof StatusRuntimeException refused) {
        throw refused;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
