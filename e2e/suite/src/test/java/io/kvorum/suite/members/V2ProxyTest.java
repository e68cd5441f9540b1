package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A member too many becomes a proxy of those who came in time: ours, or real ones.
@Timeout(300)
final class V2ProxyTest {

  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final String KEY = "/v2/keys/foo";

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(Product.class)
  void aMemberTooMany_forwards_alsoAfterARestart(Product product) throws Exception {
    try (MemberCluster registry = registry(product);
        var only = new MemberProcess(product, "only", folder);
        var proxy = new MemberProcess(Product.KVORUM, "second", folder)) {
      String token = "http://" + registry.endpoints() + "/v2/keys/discovery/t";
      curl("-X", "PUT", token + "/_config/size", "-d", "value=1");
      start(only, "--discovery=" + token, "--enable-v2");
      only.awaitHealthy();
      start(proxy, "--discovery=" + token);
      proxy.program().awaitLine("becomes a proxy", BOUND);
      awaitForwarding(proxy);

      String put = curl("-X", "PUT", proxy.clientUrl() + KEY, "-d", "value=bar");
      assertThat(put).contains("\"action\":\"set\"", "\"value\":\"bar\"");
      assertThat(curl("-i", proxy.clientUrl() + KEY))
          .containsIgnoringCase("X-Etcd-Index: ")
          .contains("bar");
      try (Program wait =
          Program.command(
                  "curl",
                  "-sS",
                  "-m",
                  "60",
                  proxy.clientUrl() + KEY + "?wait=true&waitIndex=" + (index(put) + 1))
              .start()) {
        curl("-X", "PUT", only.clientUrl() + KEY, "-d", "value=later");
        assertThat(wait.awaitExit(BOUND)).isZero();
        assertThat(wait.output()).contains("later");
      }
      assertThat(curl(proxy.clientUrl() + "/v2/config/local/proxy"))
          .isEqualTo("{\"endpoints\":[\"" + only.clientUrl() + "\"]}\n");

      // It needs the registry no more, and is a proxy for good.
      registry.member(0).program().kill();
      proxy.program().kill();
      start(proxy, "--discovery=" + token, "--proxy=readonly", "--proxy-failure-wait=500");
      awaitForwarding(proxy);
      assertThat(curl(proxy.clientUrl() + KEY)).contains("later");
      assertThat(curl("-w", "%{http_code}", "-X", "DELETE", proxy.clientUrl() + KEY))
          .isEqualTo("Not Implemented501");

      only.program().kill();
      assertThat(curl("-w", "%{http_code}", proxy.clientUrl() + KEY)).endsWith("502");
    }
  }

  @Test
  void aProxyByFlag_takesItsMembersFromTheList() throws Exception {
    try (MemberCluster cluster =
            new MemberCluster(Product.KVORUM, Files.createDirectory(folder.resolve("store")), 1)
                .start("--enable-v2");
        var proxy = new MemberProcess(Product.KVORUM, "proxy", folder)) {
      start(proxy, "--proxy=on", "--initial-cluster=" + cluster.initialCluster());
      awaitForwarding(proxy);
      curl("-X", "PUT", proxy.clientUrl() + KEY, "-d", "value=bar");
      assertThat(curl(cluster.member(0).clientUrl() + KEY)).contains("bar");
    }
  }

  private MemberCluster registry(Product product) throws Exception {
    Product host = product == Product.KVORUM ? Product.ETCD : Product.KVORUM;
    return new MemberCluster(host, Files.createDirectory(folder.resolve("registry")), 1)
        .start("--enable-v2");
  }

  private static long index(String event) {
    return Long.parseLong(event.replaceAll("(?s)^.*?\"modifiedIndex\":(\\d+).*$", "$1"));
  }

  private static void awaitForwarding(MemberProcess proxy) {
    Await.until(
        "the proxy answers for a member",
        BOUND,
        () -> {
          Program.Result result =
              Program.command("curl", "-s", "-m", "5", proxy.clientUrl() + "/version").run(BOUND);
          return result.output().contains("etcdserver");
        });
  }

  private static void start(MemberProcess member, String... more) {
    member.start(
        member
            .launch()
            .with(
                "--name=" + member.name(),
                "--data-dir=" + member.dataFolder(),
                "--initial-advertise-peer-urls=" + member.peerUrl(),
                "--listen-peer-urls=" + member.peerUrl(),
                "--listen-client-urls=" + member.clientUrl(),
                "--advertise-client-urls=" + member.clientUrl())
            .with(more));
  }

  private static String curl(String... words) {
    var all = new ArrayList<>(List.of("curl", "-sS", "-m", "30"));
    all.addAll(List.of(words));
    Program.Result result = Program.command(all.toArray(String[]::new)).run(BOUND);
    assertThat(result.exitCode()).as(result.errors()).isZero();
    return result.output();
  }
}
