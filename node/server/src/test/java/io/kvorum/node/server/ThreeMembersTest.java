package io.kvorum.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.testkit.Await;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThreeMembersTest {
  @TempDir Path folder;

  @Test
  void leaderDies_everyAcknowledgedWriteIsReadOnAll() {
    try (var cluster = LocalCluster.started(folder, 3)) {
      for (int i = 0; i < 30; i++) {
        put(cluster.node(1 + i % 3), "k" + i, "v" + i);
      }
      LocalCluster.Node dead = cluster.leader();
      dead.kill();
      put(cluster.follower(), "after", "the leader died");
      for (LocalCluster.Node node : cluster.nodes()) {
        if (node.isRunning()) {
          for (int i = 0; i < 30; i++) {
            assertThat(get(node, "k" + i)).isEqualTo("v" + i);
          }
        }
      }
      dead.resume();
      dead.awaitOpen();
      assertThat(get(dead, "after")).isEqualTo("the leader died");
    }
  }

  private static void put(LocalCluster.Node node, String key, String value) {
    Await.until(
        key + " is put through member " + node.id,
        LocalCluster.BOUND,
        () -> {
          var _ =
              node.kv()
                  .put(
                      PutRequest.newBuilder()
                          .setKey(ByteString.copyFromUtf8(key))
                          .setValue(ByteString.copyFromUtf8(value))
                          .build());
          return true;
        });
  }

  private static String get(LocalCluster.Node node, String key) {
    var response =
        node.kv().range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build());
    return response.getKvs(0).getValue().toStringUtf8();
  }
}
