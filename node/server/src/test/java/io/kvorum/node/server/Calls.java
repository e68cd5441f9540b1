package io.kvorum.node.server;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.PutResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.testkit.Await;

/// The calls that tests make again and again.
final class Calls {
  private Calls() {}

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  static PutRequest putRequest(String key, String value) {
    return PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)).build();
  }

  static PutResponse put(LocalCluster.Node node, String key, String value) {
    return node.kv().put(putRequest(key, value));
  }

  /// Puts until it works, for a cluster that is just choosing a leader.
  static void putUntilDone(LocalCluster.Node node, String key, String value) {
    Await.until(
        key + " is put through member " + node.id,
        LocalCluster.BOUND,
        () -> put(node, key, value).hasHeader());
  }

  static long delete(LocalCluster.Node node, String key) {
    return node.kv()
        .deleteRange(DeleteRangeRequest.newBuilder().setKey(bytes(key)).build())
        .getDeleted();
  }

  static RangeResponse range(LocalCluster.Node node, String key) {
    return node.kv().range(RangeRequest.newBuilder().setKey(bytes(key)).build());
  }

  static String get(LocalCluster.Node node, String key) {
    RangeResponse response = range(node, key);
    return response.getKvsCount() == 0 ? "" : response.getKvs(0).getValue().toStringUtf8();
  }

  /// The error a call ends with, as `CODE text`.
  static String errorOf(Runnable call) {
    try {
      call.run();
      return "OK";
    } catch (io.grpc.StatusRuntimeException failure) {
      return failure.getStatus().getCode() + " " + failure.getStatus().getDescription();
    }
  }
}
