package io.kvorum.node.server;

import static io.kvorum.node.server.Calls.get;
import static io.kvorum.node.server.Calls.putUntilDone;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThreeMembersTest {
  @TempDir Path folder;

  @Test
  void leaderDies_everyAcknowledgedWriteIsReadOnAll() {
    try (var cluster = LocalCluster.started(folder, 3)) {
      for (int i = 0; i < 30; i++) {
        putUntilDone(cluster.node(1 + i % 3), "k" + i, "v" + i);
      }
      LocalCluster.Node dead = cluster.leader();
      dead.kill();
      putUntilDone(cluster.follower(), "after", "the leader died");
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
}
