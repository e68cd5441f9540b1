package io.kvorum.localkube.demo;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// One member of the store, as a client talks to it.
final class StoreClient implements AutoCloseable {

  private static final long CALL_SECONDS = 5;

  /// A member that elects a leader answers again within a few of these.
  private static final int MAX_ATTEMPTS = 10;

  private static final int MAX_ANSWER_BYTES = 64 << 20;

  private final ManagedChannel channel;
  private final KVGrpc.KVBlockingStub keys;

  StoreClient(String address, int port) {
    this.channel =
        NettyChannelBuilder.forAddress(address, port)
            .usePlaintext()
            .maxInboundMessageSize(MAX_ANSWER_BYTES)
            .build();
    this.keys = KVGrpc.newBlockingStub(channel);
  }

  private interface Call<T> {
    T on(KVGrpc.KVBlockingStub keys);
  }

  private <T> T retrying(Call<T> call) {
    for (int attempt = 1; ; attempt++) {
      try {
        return call.on(keys.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS).withWaitForReady());
      } catch (StatusRuntimeException e) {
        Status.Code code = e.getStatus().getCode();
        boolean passing = code == Status.Code.UNAVAILABLE || code == Status.Code.DEADLINE_EXCEEDED;
        if (!passing || attempt == MAX_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /// Writes a key; done when this returns. Writing it twice does no harm here.
  void put(String key, String value) {
    var request = PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)).build();
    retrying(stub -> stub.put(request));
  }

  /// All keys with a prefix, as of a moment within this call.
  Map<String, String> all(String prefix) {
    ByteString from = bytes(prefix);
    byte[] end = from.toByteArray();
    end[end.length - 1]++;
    var request =
        RangeRequest.newBuilder().setKey(from).setRangeEnd(ByteString.copyFrom(end)).build();
    RangeResponse response = retrying(stub -> stub.range(request));
    Map<String, String> found = new TreeMap<>();
    for (KeyValue each : response.getKvsList()) {
      found.put(each.getKey().toStringUtf8(), each.getValue().toStringUtf8());
    }
    return found;
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFrom(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
