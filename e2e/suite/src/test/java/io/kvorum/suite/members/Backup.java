package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Program;
import java.nio.file.Path;
import java.time.Duration;

/// Restoring a backup into a member of either product, with that product's own tool.
final class Backup {

  private static final Duration BOUND = Duration.ofSeconds(60);

  private Backup() {}

  static void restore(
      MemberProcess member, Product product, String cluster, Path backup, String... more) {
    Program.Result result = restoring(member, product, cluster, backup, more);
    assertThat(result.exitCode()).as(result.errors()).isZero();
  }

  static Program.Result restoring(
      MemberProcess member, Product product, String cluster, Path backup, String... more) {
    Program.Launch launch =
        switch (product) {
          case ETCD -> Program.command("etcdctl", "snapshot", "restore");
          case KVORUM -> product.member().with("restore-snapshot");
        };
    return launch
        .with(
            backup.toString(),
            "--name=" + member.name(),
            "--data-dir=" + member.dataFolder(),
            "--initial-cluster=" + cluster,
            "--initial-cluster-token=suite",
            "--initial-advertise-peer-urls=" + member.peerUrl())
        .with(more)
        .run(BOUND);
  }
}
