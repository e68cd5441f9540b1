package io.kvorum.suite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The main job: a cluster is applied, used, scaled, hurt and healed while clients write through
/// all its members; nothing acknowledged is lost and every answer is explained by one order.
final class LifecycleTest {

  private static final String MANIFEST =
      """
      apiVersion: kvorum.io/v1alpha1
      kind: StoreCluster
      metadata:
        name: demo
      spec:
        replicas: 1
        version: "0.1.0"
        storage:
          size: 1Gi
      """;

  @Test
  void cluster_underLoad_survivesScalingAndLosses(@TempDir Path folder) throws Exception {
    try (var kubernetes = new LocalKubernetes(folder.resolve("state"), false);
        var cluster = new TrialCluster(kubernetes, "demo", 1, MANIFEST)) {
      cluster.act("scale 1 to 3", 3, () -> cluster.scale(3));
      assertThat(cluster.members()).containsExactly("demo-1", "demo-2", "demo-3");

      cluster.act(
          "scale 3 to 5, reversed midway",
          3,
          () -> {
            cluster.beginToScale(5);
            cluster.scale(3);
          });
      cluster.act(
          "scale 3 to 5, the operator killed midway",
          5,
          () -> {
            cluster.beginToScale(5);
            kubernetes.killOperator();
          });

      cluster.act("delete a Pod", 5, () -> cluster.deletePod(cluster.follower()));
      cluster.act("kill -9 the leader", 5, () -> cluster.killProcess(cluster.leader()));
      cluster.act("delete Pod and volume", 5, () -> cluster.deletePodAndVolume(cluster.follower()));
      String apartFromTheOperator =
          cluster.members().stream()
              .filter(member -> !cluster.nodeOf(member).equals(kubernetes.nodeOfOperator()))
              .findFirst()
              .orElseThrow();
      cluster.act(
          "delete a node",
          5,
          () -> {
            cluster.replaceSoon();
            cluster.deleteNodeOf(apartFromTheOperator);
          });

      List<String> five = cluster.members();
      cluster.act("scale 5 to 3", 3, () -> cluster.scale(3));
      assertThat(five).containsAll(cluster.members());
      cluster.act("scale 3 to 1", 1, () -> cluster.scale(1));
      cluster.judge();
    }
  }
}
