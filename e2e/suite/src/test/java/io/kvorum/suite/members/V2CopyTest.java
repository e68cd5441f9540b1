package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Program;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `backup` of API v2: a copy of a stopped member's data that starts in its place.
@Timeout(300)
final class V2CopyTest {

  private static final Duration BOUND = Duration.ofMinutes(1);

  @TempDir private Path folder;

  @Test
  void stoppedMember_isCopied_andGoesOnFromTheCopy() {
    Path copy = folder.resolve("copy/m1");
    String cluster;
    try (var member = new MemberProcess(Product.KVORUM, "m1", folder)) {
      cluster = "m1=" + member.peerUrl();
      member.start(cluster, "new", "--enable-v2");
      member.awaitHealthy();
      assertThat(ctl(member, "set", "/greeting", "hello").output()).isEqualTo("hello\n");

      Program.Result whileItRuns = backup(member, copy);
      assertThat(whileItRuns.errors()).contains("runs; stop it first");
      assertThat(whileItRuns.exitCode()).isNotZero();

      member.program().terminate();
      assertThat(member.program().awaitExit(BOUND)).isZero();
      assertThat(backup(member, copy).exitCode()).isZero();
      assertThat(backup(member, copy).errors()).contains("is not empty");

      member.start(cluster, "new", "--enable-v2", "--data-dir=" + copy);
      member.awaitHealthy();
      assertThat(ctl(member, "get", "/greeting").output()).isEqualTo("hello\n");
    }
  }

  private static Program.Result backup(MemberProcess member, Path copy) {
    return ctl(member, "backup", "--data-dir=" + member.dataFolder(), "--backup-dir=" + copy);
  }

  private static Program.Result ctl(MemberProcess member, String... words) {
    return Product.ctl()
        .environment("ETCDCTL_API", "2")
        .with("--endpoints", "http://" + member.endpoint())
        .with(words)
        .run(BOUND);
  }
}
