package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Loopback;
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

/// Members that nobody lists find each other by a token of our discovery service: ours, and real
/// ones. Its store is the other product's.
@Timeout(300)
final class DiscoveryServiceTest {

  private static final Duration BOUND = Duration.ofSeconds(90);
  private static final int SIZE = 3;
  private static final int PORT = 8087;

  @TempDir private Path folder;

  private final String url = "http://" + Loopback.next(PORT) + ":" + PORT;

  @ParameterizedTest
  @EnumSource(Product.class)
  void threeFormACluster_aFourthIsTooMany(Product product) throws Exception {
    var members = new ArrayList<MemberProcess>();
    try (MemberCluster store = store(other(product));
        Program _ = service(store)) {
      String token = curl("-w", "\\n", url + "/new?size=" + SIZE).strip();
      assertThat(token).matches(url + "/[0-9a-f]{32}");
      for (int i = 0; i < SIZE; i++) {
        var member = new MemberProcess(product, "detcd" + (i + 1), folder);
        members.add(member);
        start(member, token);
      }
      members.forEach(MemberProcess::awaitHealthy);
      String first = members.getFirst().endpoint();
      assertThat(store.succeedAt(first, "member", "list").lines()).hasSize(SIZE);
      assertThat(store.succeedAt(first, "put", "foo", "hanru")).isEqualTo("OK\n");
      assertThat(curl(token))
          .contains("\"dir\":true", "\"value\":\"detcd1=" + members.getFirst().peerUrl() + "\"");

      try (var fourth = new MemberProcess(product, "detcd9", folder)) {
        start(fourth, token);
        assertThat(fourth.program().awaitExit(BOUND)).isNotZero();
        assertThat(fourth.program().errors() + fourth.program().output())
            .contains("discovery: cluster is full");
      }
    } finally {
      members.forEach(MemberProcess::close);
    }
  }

  @Test
  void whatItServes_isBounded_andSaysSo() throws Exception {
    try (MemberCluster store = store(Product.KVORUM);
        Program _ = service(store, "--new-per-minute=3", "--base-url=https://discovery.test/")) {
      for (String size : List.of("0", "-1", "16", "x")) {
        assertThat(status(url + "/new?size=" + size))
            .isEqualTo("size must be a number from 1 to 15\n400");
      }
      String token = curl(url + "/new").replace("https://discovery.test", url);
      assertThat(curl(token + "/_config/size")).contains("\"value\":\"3\"");
      assertThat(curl(token)).contains("\"dir\":true").doesNotContain("nodes");

      // It goes with a lease, and so does what stands below it.
      assertThat(register(token + "/1?prevExist=false", "a=http://10.0.0.1:2380"))
          .contains("\"action\":\"create\"", "201");
      String lease = store.succeed("lease", "list").lines().toList().getLast();
      assertThat(store.succeed("lease", "timetolive", lease, "--keys"))
          .contains("granted with TTL(604800s)", "_config/size", "members/1");

      assertThat(register(token + "/1?prevExist=false", "a=http://10.0.0.2:2380"))
          .contains("\"errorCode\":105", "Key already exists", "412");
      assertThat(register(token + "/2", "nonsense")).contains("400");
      assertThat(register(token + "/_config/size", "9=9")).contains("405");
      assertThat(curl(token + "?wait=true&recursive=true&waitIndex=1"))
          .contains("\"action\":\"create\"", "a=http://10.0.0.1:2380");
      assertThat(status("-X", "DELETE", token + "/1")).contains("\"action\":\"delete\"", "200");
      assertThat(status(token + "/1")).contains("\"errorCode\":100", "404");
      assertThat(status(url + "/" + "0".repeat(32))).contains("\"errorCode\":100", "404");
      assertThat(register(url + "/none/1", "a=http://10.0.0.1:2380"))
          .contains("\"errorCode\":100", "404");
      assertThat(status(url + "/health")).isEqualTo("OK200");

      assertThat(status(url + "/new")).endsWith("200");
      assertThat(status(url + "/new")).endsWith("200");
      assertThat(status(url + "/new")).isEqualTo("no more than 3 tokens a minute\n429");

      store.member(0).program().kill();
      assertThat(status(token)).contains("the store does not answer", "503");
    }
  }

  private static Product other(Product product) {
    return product == Product.KVORUM ? Product.ETCD : Product.KVORUM;
  }

  private MemberCluster store(Product product) throws Exception {
    return new MemberCluster(product, Files.createDirectory(folder.resolve("store")), 1).start();
  }

  private Program service(MemberCluster store, String... more) {
    Program service =
        Product.ctl()
            .in(folder)
            .with("discovery", "--endpoints=" + store.endpoints())
            .with("--listen-addr=" + url.substring("http://".length()))
            .with(more)
            .start();
    service.awaitLine("serving tokens at " + url, BOUND);
    return service;
  }

  private static void start(MemberProcess member, String token) {
    member.start(
        member
            .launch()
            .with(
                "--name=" + member.name(),
                "--data-dir=" + member.dataFolder(),
                "--initial-advertise-peer-urls=" + member.peerUrl(),
                "--listen-peer-urls=" + member.peerUrl(),
                "--listen-client-urls=" + member.clientUrl(),
                "--advertise-client-urls=" + member.clientUrl(),
                "--discovery-fallback=exit",
                "--discovery=" + token));
  }

  /// The answer, and its status behind it.
  private static String status(String... words) {
    var all = new ArrayList<>(List.of("-w", "%{http_code}"));
    all.addAll(List.of(words));
    return curl(all.toArray(String[]::new));
  }

  private static String register(String url, String value) {
    return status("-X", "PUT", "--data-urlencode", "value=" + value, url);
  }

  private static String curl(String... words) {
    Program.Result result = Program.command("curl", "-sS", "-m", "30").with(words).run(BOUND);
    assertThat(result.exitCode()).as(result.errors()).isZero();
    return result.output();
  }
}
