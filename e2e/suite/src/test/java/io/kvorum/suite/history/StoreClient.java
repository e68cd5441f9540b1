package io.kvorum.suite.history;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.node.proto.etcd.Compare;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A blocking client of one member: one request at a time, never retried.
public final class StoreClient implements AutoCloseable {

  private static final long DEADLINE_SECONDS = 10;

  private final ManagedChannel channel;

  /// `endpoint` is `host:port`, plaintext.
  public StoreClient(String endpoint) {
    this(NettyChannelBuilder.forTarget(endpoint).usePlaintext().build());
  }

  /// Closes the channel in the end.
  public StoreClient(ManagedChannel channel) {
    this.channel = channel;
  }

  /// The channel, for calls this class has no method for.
  public ManagedChannel channel() {
    return channel;
  }

  private KVGrpc.KVBlockingStub kv() {
    return KVGrpc.newBlockingStub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  /// The revision of the write.
  public long put(String key, String value) {
    return kv().put(putRequest(key, value)).getHeader().getRevision();
  }

  private static PutRequest putRequest(String key, String value) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setValue(ByteString.copyFromUtf8(value))
        .build();
  }

  Operation.Result compareAndSet(String key, String value, long expectedModRevision) {
    TxnResponse response =
        kv().txn(
                TxnRequest.newBuilder()
                    .addCompare(
                        Compare.newBuilder()
                            .setKey(ByteString.copyFromUtf8(key))
                            .setTarget(Compare.CompareTarget.MOD)
                            .setResult(Compare.CompareResult.EQUAL)
                            .setModRevision(expectedModRevision))
                    .addSuccess(RequestOp.newBuilder().setRequestPut(putRequest(key, value)))
                    .build());
    long revision = response.getHeader().getRevision();
    return response.getSucceeded()
        ? new Operation.Written(revision)
        : new Operation.Refused(revision);
  }

  /// A read of one key; `serializable` reads the member's own state.
  public RangeResponse get(String key, boolean serializable) {
    return kv().range(
            RangeRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(key))
                .setSerializable(serializable)
                .build());
  }

  Operation.Seen read(String key) {
    RangeResponse response = get(key, false);
    Optional<Operation.Value> value =
        response.getKvsList().stream().findFirst().map(StoreClient::value);
    return new Operation.Seen(response.getHeader().getRevision(), value);
  }

  private static Operation.Value value(KeyValue kv) {
    return new Operation.Value(kv.getValue().toStringUtf8(), kv.getModRevision());
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
