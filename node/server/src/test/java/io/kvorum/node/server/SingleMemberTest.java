package io.kvorum.node.server;

import static io.kvorum.node.server.Calls.get;
import static io.kvorum.node.server.Calls.put;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SingleMemberTest {
  @TempDir Path folder;

  @Test
  void putIsReadBack_alsoAfterARestart() {
    try (var cluster = LocalCluster.started(folder, 1)) {
      var node = cluster.node(1);
      assertThat(put(node, "a", "1").getHeader().getRevision()).isEqualTo(2);
      assertThat(get(node, "a")).isEqualTo("1");
      node.kill();
      node.resume();
      node.awaitOpen();
      assertThat(get(node, "a")).isEqualTo("1");
    }
  }
}
