package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Three members that make their certificates themselves, towards clients and each other.
@Timeout(300)
final class AutoTlsTest {

  private static final Duration BOUND = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @Test
  void membersWithoutCertificates_makeTheirOwn() {
    try (var cluster = new MemberCluster(Product.KVORUM, folder, 3)) {
      String initial = secure(cluster.initialCluster());
      for (MemberProcess member : cluster.members()) {
        List<String> flags =
            member.flags("--", true, initial, "new").stream().map(AutoTlsTest::secure).toList();
        member.start(
            member
                .launch()
                .with(flags.toArray(String[]::new))
                .with("--auto-tls", "--peer-auto-tls"));
      }
      String endpoint = secure(cluster.member(0).clientUrl());
      Await.until(
          "a put through the others",
          BOUND,
          () -> etcdctl(endpoint, "put", "a", "b").equals("OK\n"));
      String last = secure(cluster.member(2).clientUrl());
      assertThat(etcdctl(last, "get", "a")).isEqualTo("a\nb\n");
      for (MemberProcess member : cluster.members()) {
        for (String plane : List.of("client", "peer")) {
          assertThat(member.dataFolder().resolve("fixtures/" + plane + "/cert.pem"))
              .matches(Files::isRegularFile);
        }
      }
    }
  }

  private static String secure(String text) {
    return text.replace("http://", "https://");
  }

  private static String etcdctl(String endpoint, String... arguments) {
    return Program.command(
            "etcdctl",
            "--endpoints=" + endpoint,
            "--insecure-transport=false",
            "--insecure-skip-tls-verify",
            "--command-timeout=5s")
        .with(arguments)
        .run(BOUND)
        .output();
  }
}
