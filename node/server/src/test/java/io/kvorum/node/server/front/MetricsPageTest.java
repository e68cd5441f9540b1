package io.kvorum.node.server.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Golden;
import io.kvorum.testkit.Http;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// `/metrics` as scrapers see it: the names and types that dashboards and alerts rely on, and the
/// values that calls leave there.
final class MetricsPageTest {

  @Test
  void namesAndTypes() throws IOException {
    try (var front = new TrialFront("http", "--metrics=extensive")) {
      String types =
          Http.get(front.url("http") + "/metrics")
              .body()
              .lines()
              .filter(line -> line.startsWith("# TYPE "))
              .map(line -> line.substring("# TYPE ".length()))
              .sorted()
              .collect(Collectors.joining("\n", "", "\n"));
      Golden.file(Path.of("src/test/resources/golden/metrics.txt"), types);
    }
  }

  @Test
  void values() throws IOException {
    try (var front = new TrialFront("http")) {
      for (String command : List.of("put a b", "get a")) {
        var words =
            new java.util.ArrayList<>(List.of("etcdctl", "--endpoints=" + front.url("http")));
        words.addAll(List.of(command.split(" ", -1)));
        Program.command(words).environment("ETCDCTL_API", "3").run(Duration.ofSeconds(20));
      }
      Http.get(front.url("http") + "/health");
      Http.get(front.url("http") + "/livez");
      String method = "{grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"}";
      assertThat(
              Http.get("http://" + front.address + ":" + TrialFront.METRICS_PORT + "/metrics")
                  .body())
          .contains(
              "grpc_server_started_total" + method + " 1.0\n",
              "grpc_server_msg_received_total" + method + " 1.0\n",
              "grpc_server_msg_sent_total" + method + " 1.0\n",
              "grpc_server_handled_total{grpc_code=\"OK\",grpc_method=\"Put\"",
              "etcd_server_has_leader 1.0\n",
              "etcd_server_is_leader 1.0\n",
              "etcd_server_proposals_committed_total 20.0\n",
              "etcd_mvcc_db_total_size_in_bytes 4096.0\n",
              "etcd_server_health_success 1.0\n",
              "etcd_server_healthcheck{name=\"serializable_read\",type=\"livez\"} 1.0\n",
              "etcd_server_id{server_id=\"1\"} 1.0\n",
              "etcd_cluster_version{cluster_version=\"3.6\"} 1.0\n",
              "etcd_network_peer_sent_bytes_total{To=\"b2\"} 1200.0\n",
              "etcd_network_peer_received_bytes_total{From=\"b2\"} 1300.0\n",
              "etcd_network_active_peers{Local=\"1\",Remote=\"b2\"} 1.0\n",
              "etcd_network_peer_round_trip_time_seconds_bucket{To=\"b2\",le=\"1.0E-4\"} 0\n",
              "etcd_network_peer_round_trip_time_seconds_bucket{To=\"b2\",le=\"2.0E-4\"} 1\n",
              "etcd_network_peer_round_trip_time_seconds_bucket{To=\"b2\",le=\"+Inf\"} 2\n",
              "etcd_network_peer_round_trip_time_seconds_sum{To=\"b2\"} 9.00015\n",
              "etcd_server_client_requests_total{client_api_version=\"3.4\",type=\"unary\"} 2.0\n",
              "etcd_debugging_mvcc_keys_total 5.0\n",
              "etcd_server_version{server_version=\"3.6.")
          .doesNotContain("process_open_fds 0.0", "process_resident_memory_bytes 0.0");
    }
  }
}
