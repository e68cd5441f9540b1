package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Program;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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

/// Members that nobody lists find each other below a token of API v2: ours in a real etcd, and real
/// ones in ours.
@Timeout(300)
final class DiscoveryTest {

  private static final Duration BOUND = Duration.ofSeconds(90);
  private static final int SIZE = 3;
  private static final String TOKEN = "/v2/keys/discovery/6c007a14875d53d9bf0ef5a6fc0257c817f0fb83";

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(Product.class)
  void threeFormACluster_aFourthIsTooMany(Product product) throws Exception {
    Product host = product == Product.KVORUM ? Product.ETCD : Product.KVORUM;
    Path service = Files.createDirectory(folder.resolve("service"));
    var members = new ArrayList<MemberProcess>();
    try (var discovery = new MemberCluster(host, service, 1).start("--enable-v2")) {
      String url = "http://" + discovery.endpoints() + TOKEN;
      put(url + "/_config/size", "value=" + SIZE);
      for (int i = 0; i < SIZE; i++) {
        var member = new MemberProcess(product, "detcd" + i, folder);
        members.add(member);
        start(member, url);
      }
      members.forEach(MemberProcess::awaitHealthy);
      MemberProcess first = members.getFirst();
      assertThat(etcdctl(first, "member", "list").lines()).hasSize(SIZE);
      assertThat(etcdctl(first, "put", "foo", "ruby")).isEqualTo("OK\n");
      assertThat(etcdctl(members.getLast(), "get", "foo")).isEqualTo("foo\nruby\n");

      // Whoever is formed asks nobody, also when the service has gone.
      first.program().kill();
      start(first, url);
      first.awaitHealthy();

      try (var fourth = new MemberProcess(product, "detcd9", folder)) {
        start(fourth, url);
        assertThat(fourth.program().awaitExit(BOUND)).isNotZero();
        assertThat(fourth.program().errors() + fourth.program().output())
            .contains("discovery: cluster is full");
      }
    } finally {
      members.forEach(MemberProcess::close);
    }
  }

  @Test
  void whatIsWrongWithAToken_isSaid() throws Exception {
    Path service = Files.createDirectory(folder.resolve("service"));
    try (var discovery = new MemberCluster(Product.KVORUM, service, 1).start("--enable-v2")) {
      String base = "http://" + discovery.endpoints() + "/v2/keys/tokens/";
      assertThat(refusal(base + "none")).contains("discovery: size key not found");
      put(base + "words/_config/size", "value=many");
      assertThat(refusal(base + "words")).contains("discovery: size key is bad").contains("many");
      put(base + "twin/_config/size", "value=2");
      put(base + "twin/1234", "value=d=http://10.0.0.1:2380");
      assertThat(refusal(base + "twin")).contains("discovery: found duplicate name");
      put(base + "full/_config/size", "value=1");
      put(base + "full/1234", "value=other=http://10.0.0.1:2380");
      assertThat(refusal(base + "full")).contains("discovery: cluster is full");
      assertThat(refusal("http://" + discovery.endpoints() + "/health"))
          .contains("discovery: ")
          .contains("endpoint");
      assertThat(refusal(base + "x", "--initial-cluster=d=http://10.0.0.1:2380"))
          .contains("multiple discovery or bootstrap flags are set");
      assertThat(refusal(base + "x", "--initial-cluster-state=existing"))
          .contains("discovery URL should not be set when joining existing initial cluster");
    }
  }

  @Test
  void oneThatIsKilledWhileItWaits_findsItself() throws Exception {
    Path service = Files.createDirectory(folder.resolve("service"));
    try (var discovery = new MemberCluster(Product.KVORUM, service, 1).start("--enable-v2");
        var first = new MemberProcess(Product.KVORUM, "first", folder);
        var second = new MemberProcess(Product.KVORUM, "second", folder)) {
      String url = "http://" + discovery.endpoints() + TOKEN;
      put(url + "/_config/size", "value=2");
      for (int i = 0; i < 2; i++) {
        start(first, url);
        first.program().awaitLine("1 of 2 members are there", BOUND);
        first.program().kill();
      }
      start(first, url);
      start(second, url);
      first.awaitHealthy();
      second.awaitHealthy();
      assertThat(etcdctl(first, "member", "list").lines()).hasSize(2);
    }
  }

  private String refusal(String url, String... more) {
    try (var member = new MemberProcess(Product.KVORUM, "d", folder)) {
      start(member, url, more);
      assertThat(member.program().awaitExit(BOUND)).isEqualTo(1);
      return member.program().errors();
    }
  }

  private static void start(MemberProcess member, String url, String... more) {
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
                "--discovery=" + url)
            .with(more));
  }

  private static String etcdctl(MemberProcess member, String... words) {
    Program.Result result =
        Program.command(List.of("etcdctl", "--endpoints=" + member.endpoint()))
            .with(words)
            .run(BOUND);
    assertThat(result.exitCode()).as(result.errors()).isZero();
    return result.output();
  }

  private static void put(String url, String form) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(BOUND)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .PUT(HttpRequest.BodyPublishers.ofString(form))
            .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(201);
    }
  }
}
