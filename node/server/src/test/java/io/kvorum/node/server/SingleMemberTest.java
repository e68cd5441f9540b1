package io.kvorum.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SingleMemberTest {
  @TempDir Path folder;

  @Test
  void putIsReadBack_alsoAfterARestart() {
    try (var cluster = LocalCluster.started(folder, 1)) {
      var node = cluster.node(1);
      var put = node.kv().put(put("a", "1"));
      assertThat(put.getHeader().getRevision()).isEqualTo(2);
      assertThat(get(node, "a")).isEqualTo("1");
      node.kill();
      node.resume();
      node.awaitOpen();
      assertThat(get(node, "a")).isEqualTo("1");
    }
  }

  private static PutRequest put(String key, String value) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setValue(ByteString.copyFromUtf8(value))
        .build();
  }

  private static String get(LocalCluster.Node node, String key) {
    var response =
        node.kv().range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build());
    return response.getKvs(0).getValue().toStringUtf8();
  }
}
