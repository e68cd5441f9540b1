package io.kvorum.suite.kube;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.Compare;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.StatusRequest;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.suite.history.StoreClient;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// The store as an API server uses it: the requests it makes, and no others.
final class Registry implements AutoCloseable {

  static final String COMPACT_KEY = "compact_rev_key";
  private static final int BOUND_SECONDS = 30;

  private final ManagedChannel channel;

  Registry(String endpoint) {
    channel = NettyChannelBuilder.forTarget(endpoint).usePlaintext().build();
  }

  private KVGrpc.KVBlockingStub kv() {
    return KVGrpc.newBlockingStub(channel).withDeadlineAfter(BOUND_SECONDS, TimeUnit.SECONDS);
  }

  /// For what this class has no request of.
  ManagedChannel channel() {
    return channel;
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  /// The end of the range of all keys that begin with a prefix that ends in a slash.
  static ByteString endOf(String prefix) {
    return bytes(prefix.substring(0, prefix.length() - 1) + "0");
  }

  RangeResponse get(String key) {
    return kv().range(RangeRequest.newBuilder().setKey(bytes(key)).setLimit(1).build());
  }

  /// One page of a list, from a key on.
  RangeResponse page(ByteString from, String prefix, int limit, long revision) {
    return kv().range(
            RangeRequest.newBuilder()
                .setKey(from)
                .setRangeEnd(endOf(prefix))
                .setLimit(limit)
                .setRevision(revision)
                .build());
  }

  long count(String prefix) {
    return kv().range(
            RangeRequest.newBuilder()
                .setKey(bytes(prefix))
                .setRangeEnd(endOf(prefix))
                .setCountOnly(true)
                .build())
        .getCount();
  }

  TxnResponse create(String key, String value) {
    return create(key, value, 0);
  }

  TxnResponse create(String key, String value, long lease) {
    return ifUnchanged(key, 0, put(key, value, lease));
  }

  TxnResponse update(String key, String value, long seen) {
    return ifUnchanged(key, seen, put(key, value, 0));
  }

  TxnResponse delete(String key, long seen) {
    var request = DeleteRangeRequest.newBuilder().setKey(bytes(key)).build();
    return ifUnchanged(key, seen, RequestOp.newBuilder().setRequestDeleteRange(request).build());
  }

  /// Does it if nobody has changed the key since, else reads the key.
  private TxnResponse ifUnchanged(String key, long seen, RequestOp then) {
    return kv().txn(
            TxnRequest.newBuilder()
                .addCompare(
                    Compare.newBuilder()
                        .setTarget(Compare.CompareTarget.MOD)
                        .setKey(bytes(key))
                        .setModRevision(seen))
                .addSuccess(then)
                .addFailure(read(key))
                .build());
  }

  private static RequestOp put(String key, String value, long lease) {
    return RequestOp.newBuilder()
        .setRequestPut(
            PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)).setLease(lease))
        .build();
  }

  private static RequestOp read(String key) {
    return RequestOp.newBuilder()
        .setRequestRange(RangeRequest.newBuilder().setKey(bytes(key)))
        .build();
  }

  /// Claims a round of compaction: only one of all API servers gets it.
  TxnResponse claimCompaction(long round, long revision) {
    return kv().txn(
            TxnRequest.newBuilder()
                .addCompare(
                    Compare.newBuilder()
                        .setTarget(Compare.CompareTarget.VERSION)
                        .setKey(bytes(COMPACT_KEY))
                        .setVersion(round))
                .addSuccess(put(COMPACT_KEY, Long.toString(revision), 0))
                .addFailure(read(COMPACT_KEY))
                .build());
  }

  void compact(long revision) {
    var _ = kv().compact(CompactionRequest.newBuilder().setRevision(revision).build());
  }

  long grant(long seconds) {
    return LeaseGrpc.newBlockingStub(channel)
        .withDeadlineAfter(BOUND_SECONDS, TimeUnit.SECONDS)
        .leaseGrant(LeaseGrantRequest.newBuilder().setTTL(seconds).build())
        .getID();
  }

  /// The seconds that a lease has from now on.
  long renew(long lease) {
    return new StoreClient(channel).renew(lease, Duration.ofSeconds(BOUND_SECONDS));
  }

  String version() {
    return MaintenanceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(BOUND_SECONDS, TimeUnit.SECONDS)
        .status(StatusRequest.getDefaultInstance())
        .getVersion();
  }

  /// A stream for any number of watches, which ends when there is no leader.
  Cacher watch() {
    var leader = new Metadata();
    leader.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
    return new Cacher(
        WatchGrpc.newStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(leader)));
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
