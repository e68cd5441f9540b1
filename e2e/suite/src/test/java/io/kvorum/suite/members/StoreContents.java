package io.kvorum.suite.members;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.HashKVRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseLeasesRequest;
import io.kvorum.node.proto.etcd.LeaseStatus;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveRequest;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveResponse;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// Fills a store with everything that a backup must bring back, and reads all of a store, to be
/// compared with another's.
final class StoreContents implements AutoCloseable {

  private static final ByteString EVERYTHING = ByteString.copyFrom(new byte[] {0});
  private static final int MAX_MESSAGE_BYTES = 64 << 20;
  private static final int CALL_BOUND_SECONDS = 30;

  private static final int BATCHES = 30;
  private static final int KEYS_A_BATCH = 100;
  private static final long LEASE_WITH_KEYS = 0x7717;
  private static final long LEASE_WITHOUT = 0x7718;

  private final ManagedChannel channel;

  StoreContents(String endpoint) {
    channel =
        NettyChannelBuilder.forTarget(endpoint)
            .usePlaintext()
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .build();
  }

  /// What a store holds.
  ///
  /// @param keys all keys with their values, by the revision at which they were read
  /// @param hashes those of the history up to each revision
  /// @param leases by id
  record Read(
      SortedMap<Long, List<KeyValue>> keys,
      SortedMap<Long, Integer> hashes,
      SortedMap<Long, Lease> leases) {}

  /// A lease: the seconds it was granted for, and its keys in order.
  record Lease(long seconds, List<ByteString> keys) {}

  private KVGrpc.KVBlockingStub kv() {
    return KVGrpc.newBlockingStub(channel).withDeadlineAfter(CALL_BOUND_SECONDS, TimeUnit.SECONDS);
  }

  private LeaseGrpc.LeaseBlockingStub lease() {
    return LeaseGrpc.newBlockingStub(channel)
        .withDeadlineAfter(CALL_BOUND_SECONDS, TimeUnit.SECONDS);
  }

  private MaintenanceGrpc.MaintenanceBlockingStub maintenance() {
    return MaintenanceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(CALL_BOUND_SECONDS, TimeUnit.SECONDS);
  }

  long revision() {
    return kv().range(RangeRequest.newBuilder().setKey(EVERYTHING).build())
        .getHeader()
        .getRevision();
  }

  /// Writes thousands of keys with a history: overwritten, deleted and made again, leased, long,
  /// empty, no text; compacted in its middle. Returns revisions that can be read.
  List<Long> fill() {
    for (int batch = 0; batch < BATCHES; batch++) {
      putBatch(batch);
    }
    for (long lease : List.of(LEASE_WITH_KEYS, LEASE_WITHOUT)) {
      var _ = lease().leaseGrant(LeaseGrantRequest.newBuilder().setID(lease).setTTL(3_000).build());
    }
    put("leased/a", "1", LEASE_WITH_KEYS);
    put("leased/b", "2", LEASE_WITH_KEYS);
    put("leased/b", "3", 0);
    put("page", "p".repeat(10_000), 0);
    put("pages", "q".repeat(1_000_000), 0);
    put("empty", "", 0);
    delete("k/0000", "k/0010");
    put("k/0005", "again", 0);
    long compacted = put("page", "r".repeat(5_000), 0);
    var bytes = new byte[256];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    put(ByteString.copyFrom(bytes), ByteString.copyFrom(bytes), LEASE_WITH_KEYS);
    long middle = delete("pages", "");
    putBatch(1);
    delete("k/2000", "k/2050");
    var _ =
        kv().compact(
                CompactionRequest.newBuilder().setRevision(compacted).setPhysical(true).build());
    long last = put("last", "one", LEASE_WITH_KEYS);
    return List.of(compacted, middle, last);
  }

  /// Writes so many keys of a few bytes. Returns the last revision.
  long fill(int keys) {
    long revision = 0;
    for (int i = 0; i < keys; i += KEYS_A_BATCH) {
      var txn = TxnRequest.newBuilder();
      for (int k = i; k < Math.min(i + KEYS_A_BATCH, keys); k++) {
        var put =
            PutRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8("many/%08d".formatted(k)))
                .setValue(ByteString.copyFromUtf8("v" + k));
        txn.addSuccess(RequestOp.newBuilder().setRequestPut(put));
      }
      revision = kv().txn(txn.build()).getHeader().getRevision();
    }
    return revision;
  }

  long count() {
    return kv().range(
            RangeRequest.newBuilder()
                .setKey(EVERYTHING)
                .setRangeEnd(EVERYTHING)
                .setCountOnly(true)
                .build())
        .getCount();
  }

  int hash(long revision) {
    return maintenance().hashKV(HashKVRequest.newBuilder().setRevision(revision).build()).getHash();
  }

  private void putBatch(int batch) {
    var txn = TxnRequest.newBuilder();
    for (int i = 0; i < KEYS_A_BATCH; i++) {
      String key = "k/%04d".formatted(batch * KEYS_A_BATCH + i);
      txn.addSuccess(
          RequestOp.newBuilder()
              .setRequestPut(
                  PutRequest.newBuilder()
                      .setKey(ByteString.copyFromUtf8(key))
                      .setValue(ByteString.copyFromUtf8("value of " + key))));
    }
    var _ = kv().txn(txn.build());
  }

  private long put(String key, String value, long lease) {
    return put(ByteString.copyFromUtf8(key), ByteString.copyFromUtf8(value), lease);
  }

  private long put(ByteString key, ByteString value, long lease) {
    return kv().put(PutRequest.newBuilder().setKey(key).setValue(value).setLease(lease).build())
        .getHeader()
        .getRevision();
  }

  private long delete(String key, String end) {
    return kv().deleteRange(
            DeleteRangeRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(key))
                .setRangeEnd(ByteString.copyFromUtf8(end))
                .build())
        .getHeader()
        .getRevision();
  }

  /// Reads at these revisions. Before 3.6 etcd hashes no history that ends at the compact revision,
  /// the first of them.
  Read read(List<Long> revisions) {
    var keys = new TreeMap<Long, List<KeyValue>>();
    revisions.forEach(revision -> keys.put(revision, keys(revision)));
    var hashes = new TreeMap<Long, Integer>();
    for (long revision : revisions.subList(1, revisions.size())) {
      hashes.put(revision, hash(revision));
    }
    return new Read(keys, hashes, leases());
  }

  List<KeyValue> keys(long revision) {
    return kv().range(
            RangeRequest.newBuilder()
                .setKey(EVERYTHING)
                .setRangeEnd(EVERYTHING)
                .setRevision(revision)
                .build())
        .getKvsList();
  }

  SortedMap<Long, Lease> leases() {
    var leases = new TreeMap<Long, Lease>();
    for (LeaseStatus lease :
        lease().leaseLeases(LeaseLeasesRequest.getDefaultInstance()).getLeasesList()) {
      LeaseTimeToLiveResponse of =
          lease()
              .leaseTimeToLive(
                  LeaseTimeToLiveRequest.newBuilder().setID(lease.getID()).setKeys(true).build());
      var attached = new ArrayList<>(of.getKeysList());
      attached.sort(ByteString.unsignedLexicographicalComparator());
      leases.put(lease.getID(), new Lease(of.getGrantedTTL(), List.copyOf(attached)));
    }
    return leases;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
