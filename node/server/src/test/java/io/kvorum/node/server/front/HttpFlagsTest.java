package io.kvorum.node.server.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Program;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Flags that say who is served over HTTP, where, and what.
final class HttpFlagsTest {

  private static final Duration BOUND = Duration.ofSeconds(20);
  private static final int HTTP_PORT = 2382;

  @Test
  void urlsForHttpAlone_takeHttpFromTheClientPort() {
    try (var front =
        new TrialFront("http", "--listen-client-http-urls=http://@address:" + HTTP_PORT)) {
      String apart = "http://" + front.address + ":" + HTTP_PORT;
      assertThat(curl(apart + "/health")).endsWith("200");
      assertThat(curl(apart + "/v3/kv/range", "-d", "{\"key\":\"YQ==\"}")).endsWith("200");
      assertThat(curl(front.url("http") + "/health")).as("gRPC alone").endsWith("000");
      assertThat(etcdctl(front.url("http"))).isEqualTo("OK\n");
      assertThat(etcdctl(apart)).as("HTTP alone").isNotEqualTo("OK\n");
    }
  }

  @Test
  void gateway_canBeSwitchedOff() {
    try (var front = new TrialFront("http", "--enable-grpc-gateway=false")) {
      assertThat(curl(front.url("http") + "/v3/kv/range", "-d", "{}"))
          .isEqualTo("404 page not found\n404");
      assertThat(curl(front.url("http") + "/health")).endsWith("200");
    }
  }

  @Test
  void metricsPort_hasNoCalls() {
    try (var front = new TrialFront("http")) {
      String metrics = "http://" + front.address + ":" + TrialFront.METRICS_PORT;
      assertThat(curl(metrics + "/v3/kv/range", "-d", "{}")).endsWith("404");
      assertThat(curl(metrics + "/debug/vars")).endsWith("404");
    }
  }

  @Test
  void origins_areThoseThatAreAllowed() {
    try (var front = new TrialFront("http", "--cors=http://a.example,http://b.example")) {
      String url = front.url("http") + "/v3/kv/range";
      assertThat(curl(url, "-i", "-X", "OPTIONS", "-H", "Origin: http://b.example"))
          .contains("access-control-allow-origin: http://b.example\r\n")
          .endsWith("200");
      assertThat(curl(url, "-i", "-d", "{}", "-H", "Origin: http://c.example"))
          .doesNotContain("access-control")
          .endsWith("200");
    }
  }

  @Test
  void hosts_areThoseThatAreAllowed() {
    try (var front = new TrialFront("http", "--host-whitelist=store.example")) {
      String url = front.url("http") + "/v3/kv/range";
      assertThat(curl(url, "-d", "{}", "-H", "Host: store.example:2379")).endsWith("200");
      assertThat(curl(url, "-d", "{}", "-H", "Host: evil.example")).endsWith("421");
    }
  }

  /// The body, or all of the answer with `-i`, and its status behind it; 000 for no answer.
  private static String curl(String url, String... arguments) {
    var command = new ArrayList<>(List.of("curl", "-s", "--max-time", "5", "-w", "%{http_code}"));
    command.addAll(List.of(arguments));
    command.add(url);
    return Program.command(command).run(BOUND).rawOutput();
  }

  private static String etcdctl(String endpoint) {
    return Program.command("etcdctl", "--endpoints=" + endpoint, "--command-timeout=2s")
        .with("put", "a", "b")
        .run(BOUND)
        .output();
  }
}
