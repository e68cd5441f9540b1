package io.kvorum.suite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The same operator with members of upstream etcd 3.4: nothing it does depends on what only our
/// own members offer.
final class UpstreamEtcdTest {

  private static final String MANIFEST =
      """
      apiVersion: kvorum.io/v1alpha1
      kind: StoreCluster
      metadata:
        name: upstream
      spec:
        replicas: 3
        version: v3.4.23
        image:
          repository: quay.io/coreos/etcd
          command: ["etcd"]
        storage:
          size: 1Gi
      """;

  @Test
  void upstreamCluster_underLoad_isFormedScaledAndHealed(@TempDir Path folder) throws Exception {
    try (var kubernetes = new LocalKubernetes(folder.resolve("state"), false);
        var cluster = new TrialCluster(kubernetes, "upstream", 3, MANIFEST)) {
      cluster.act("scale 3 to 5", 5, () -> cluster.scale(5));
      assertThat(cluster.members())
          .containsExactly("upstream-1", "upstream-2", "upstream-3", "upstream-4", "upstream-5");
      cluster.act("kill -9 the leader", 5, () -> cluster.killProcess(cluster.leader()));
      cluster.act("delete Pod and volume", 5, () -> cluster.deletePodAndVolume(cluster.follower()));
      cluster.act("scale 5 to 3", 3, () -> cluster.scale(3));
      cluster.judge();
    }
  }
}
