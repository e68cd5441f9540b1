package io.kvorum.suite.members;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.testkit.Await;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// A store that is filled with a hundred thousand keys, and then written to in every way that makes
/// a revision until it is told to stop.
final class BusyStore implements AutoCloseable {

  static final int KEYS = 100_000;

  private static final int KEYS_A_BATCH = 125;
  private static final int BATCHES_UNDER_WAY = 8;
  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final int LEASES = 20;

  /// Writers leave some of a small machine to those who are tested.
  private static final Duration PACE = Duration.ofMillis(3);

  private static final long FIRST_LEASE = 0x1000;
  private static final long PASSING_LEASE = 0x2000;
  private static final long SHORT_SECONDS = 3;

  /// More than a transaction's operations: a deletion of so many is one of a range.
  private static final int MANY = 300;

  private final ManagedChannel channel;
  private final Random random = new Random(25);
  private volatile boolean writing = true;
  private volatile boolean passingTime;
  private final AtomicLong written = new AtomicLong();
  private long passing;

  /// @param turn sets its leases apart from those of another one
  BusyStore(String endpoint, int turn) {
    passing = PASSING_LEASE << turn;
    channel = NettyChannelBuilder.forTarget(endpoint).usePlaintext().build();
  }

  private KVGrpc.KVBlockingStub kv() {
    return KVGrpc.newBlockingStub(channel)
        .withDeadlineAfter(BOUND.toMillis(), TimeUnit.MILLISECONDS);
  }

  private LeaseGrpc.LeaseBlockingStub lease() {
    return LeaseGrpc.newBlockingStub(channel)
        .withDeadlineAfter(BOUND.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Writes all keys, some twice, some with leases; deletes some and makes some of them again.
  void fill() throws Exception {
    for (long id = FIRST_LEASE; id < FIRST_LEASE + LEASES; id++) {
      grant(id, 3_000);
    }
    Deque<ListenableFuture<TxnResponse>> underWay = new ArrayDeque<>();
    for (int first = 0; first < KEYS; first += KEYS_A_BATCH) {
      send(puts(first, KEYS_A_BATCH, first % 1_000 == 0 ? lease(first) : 0), underWay);
    }
    for (int first = 0; first < KEYS; first += KEYS_A_BATCH * 5) {
      send(puts(first, KEYS_A_BATCH, 0), underWay);
    }
    while (!underWay.isEmpty()) {
      var _ = underWay.remove().get();
    }
    delete(key(40_000), key(41_000));
    var _ = kv().txn(puts(40_000, KEYS_A_BATCH, 0));
    for (int first = 41_000; first > 40_000; first -= KEYS_A_BATCH) {
      var _ = kv().txn(puts(first - KEYS_A_BATCH, KEYS_A_BATCH, 0));
    }
  }

  private void send(TxnRequest request, Deque<ListenableFuture<TxnResponse>> underWay)
      throws Exception {
    if (underWay.size() >= BATCHES_UNDER_WAY) {
      var _ = underWay.remove().get();
    }
    underWay.add(KVGrpc.newFutureStub(channel).txn(request));
  }

  /// Writes until `stop`, each time something else. The keys stay about as many.
  void write() {
    for (int turn = 0; writing; turn++) {
      int at = random.nextInt(KEYS);
      switch (turn % 8) {
        case 0, 1, 2 -> put(key(at), "again " + turn, 0);
        case 3 -> put(key(at), "leased " + turn, lease(at));
        case 4 -> delete(key(at), "");
        case 5 -> put("new/" + turn, "n".repeat(random.nextInt(2_000)), 0);
        case 6 -> {
          var _ = kv().txn(mixed(at));
        }
        default -> seldom(turn);
      }
      written.incrementAndGet();
      LockSupport.parkNanos(PACE.toNanos());
    }
  }

  /// What happens every so often: many keys go at once, by a deletion or with their lease.
  private void seldom(int turn) {
    if (turn % 200 == 7) {
      int first = random.nextInt(KEYS - MANY);
      delete(key(first), key(first + MANY));
    } else if (turn % 200 == 15) {
      long id = passing++;
      grant(id, 3_000);
      for (int first = 0; first < MANY; first += KEYS_A_BATCH) {
        var _ = kv().txn(puts("passing/" + id + "/", first, KEYS_A_BATCH, id));
      }
      var _ = lease().leaseRevoke(LeaseRevokeRequest.newBuilder().setID(id).build());
    } else if (turn % 200 == 23 && passingTime) {
      long id = passing++;
      grant(id, SHORT_SECONDS);
      put("expires/" + id, "soon", id);
    } else if (turn % 200 == 31) {
      put("large", "l".repeat(1_000_000), 0);
    }
  }

  /// From now on some keys have leases that end by themselves.
  void letLeasesEnd() {
    passingTime = true;
  }

  /// Stops writing; what was written last may be on its way.
  void stop() {
    writing = false;
  }

  /// Waits until nothing changes by itself any more.
  void awaitLeasesEnded() {
    RangeRequest request =
        RangeRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8("expires/"))
            .setRangeEnd(ByteString.copyFromUtf8("expires0"))
            .setCountOnly(true)
            .build();
    Await.until("all short leases have ended", BOUND, () -> kv().range(request).getCount() == 0);
  }

  /// How many changes were made beside the filling.
  long written() {
    return written.get();
  }

  private static String key(int number) {
    return "k/%06d".formatted(number);
  }

  private static long lease(int number) {
    return FIRST_LEASE + number % LEASES;
  }

  private void grant(long id, long seconds) {
    var _ = lease().leaseGrant(LeaseGrantRequest.newBuilder().setID(id).setTTL(seconds).build());
  }

  private static TxnRequest puts(int first, int count, long lease) {
    return puts("k/", first, count, lease);
  }

  private static TxnRequest puts(String prefix, int first, int count, long lease) {
    var txn = TxnRequest.newBuilder();
    for (int i = first; i < first + count; i++) {
      txn.addSuccess(putOperation(prefix + "%06d".formatted(i), "value of " + i, lease));
    }
    return txn.build();
  }

  /// A put, a deletion of one key, of some, and of none.
  private TxnRequest mixed(int at) {
    return TxnRequest.newBuilder()
        .addSuccess(putOperation("mixed/" + at, "m", lease(at)))
        .addSuccess(deletion(key(at), ""))
        .addSuccess(deletion("new/1", "new/10"))
        .addSuccess(deletion("nothing", ""))
        .addSuccess(putOperation("mixed/last", Integer.toString(at), 0))
        .build();
  }

  private static RequestOp.Builder putOperation(String key, String value, long lease) {
    return RequestOp.newBuilder().setRequestPut(putOf(key, value, lease));
  }

  private static PutRequest.Builder putOf(String key, String value, long lease) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setValue(ByteString.copyFromUtf8(value))
        .setLease(lease);
  }

  private void put(String key, String value, long lease) {
    var _ = kv().put(putOf(key, value, lease).build());
  }

  private static RequestOp.Builder deletion(String key, String end) {
    return RequestOp.newBuilder().setRequestDeleteRange(deletionOf(key, end));
  }

  private static DeleteRangeRequest.Builder deletionOf(String key, String end) {
    return DeleteRangeRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setRangeEnd(ByteString.copyFromUtf8(end));
  }

  private void delete(String key, String end) {
    var _ = kv().deleteRange(deletionOf(key, end).build());
  }

  @Override
  public void close() {
    stop();
    channel.shutdownNow();
  }
}
