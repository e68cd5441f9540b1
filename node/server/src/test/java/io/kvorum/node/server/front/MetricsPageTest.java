package io.kvorum.node.server.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.server.MemberStatus.AlarmRaised;
import io.kvorum.testkit.EtcdServer;
import io.kvorum.testkit.Http;
import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `/metrics` as scrapers see it: the names and types that dashboards and alerts rely on, and the
/// values that calls leave there.
final class MetricsPageTest {

  private static final Pattern ROW =
      Pattern.compile("\\| `(\\w+)` \\| (\\w+) \\| ([\\w, ]*) \\| (.*) \\|");

  private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)\\})? \\S+");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

  @TempDir private Path folder;

  /// A metric on a page; its labels are unknown while it has no sample.
  private record Metric(String type, Optional<String> labels) {}

  /// A row of docs/metrics.md.
  private record Row(String type, String labels, String here) {
    boolean isMissing() {
      return here.startsWith("missing: ");
    }

    String typeHere() {
      return here.startsWith("gauge: ") ? "gauge" : type;
    }
  }

  private static Map<String, Row> rows() throws IOException {
    var rows = new TreeMap<String, Row>();
    for (String line : Files.readAllLines(ProjectRoot.find().resolve("docs/metrics.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        assertThat(rows.put(row.group(1), new Row(row.group(2), row.group(3), row.group(4))))
            .as("a second row of %s", row.group(1))
            .isNull();
      }
    }
    return rows;
  }

  /// The metrics of a page, without those of the language it is written in.
  private static Map<String, Metric> metrics(String page) {
    var types = new TreeMap<String, String>();
    var labels = new TreeMap<String, String>();
    for (String line : page.lines().toList()) {
      if (line.startsWith("# TYPE ")) {
        String[] words = line.split(" ", -1);
        types.put(words[2], words[3]);
      }
      Matcher sample = SAMPLE.matcher(line);
      if (!line.startsWith("#") && sample.matches()) {
        String name = sample.group(1);
        String base = types.containsKey(name) ? name : name.replaceAll("_(bucket|sum|count)$", "");
        String text = sample.group(2) == null ? "" : sample.group(2);
        labels.put(
            base,
            LABEL
                .matcher(text)
                .results()
                .map(label -> label.group(1))
                .filter(label -> !label.equals("le"))
                .sorted()
                .collect(Collectors.joining(", ")));
      }
    }
    var metrics = new TreeMap<String, Metric>();
    types.forEach((name, type) -> {
      if (!name.matches("(go|jvm|kvorum)_.*")) {
        metrics.put(name, new Metric(type, Optional.ofNullable(labels.get(name))));
      }
    });
    return metrics;
  }

  @Test
  void everyMetricOfEtcd_isHereOrHasAReason() throws IOException {
    Map<String, Row> rows = rows();
    try (var front = new TrialFront("http", "--metrics=extensive")) {
      String url = front.url("http") + "/metrics";
      front.member.alarms = List.of(new AlarmRaised(1, AlarmRaised.Kind.NOSPACE));
      Http.get(front.url("http") + "/health");
      Http.get(front.url("http") + "/livez");
      Program.command("etcdctl", "--endpoints=" + front.url("http"), "get", "a")
          .environment("ETCDCTL_API", "3")
          .run(Duration.ofSeconds(20));
      Map<String, Metric> ours = metrics(Http.get(url).body());
      rows.forEach((name, row) -> {
        Metric metric = ours.remove(name);
        if (row.isMissing()) {
          assertThat(metric).as("%s is there: its row says otherwise", name).isNull();
        } else if (metric == null) {
          throw new AssertionError(name + " is missing");
        } else {
          assertThat(metric.type()).as(name).isEqualTo(row.typeHere());
          metric.labels().ifPresent(labels -> assertThat(labels).as(name).isEqualTo(row.labels()));
        }
      });
      assertThat(ours).as("metrics that docs/metrics.md does not know").isEmpty();
    }
  }

  @Test
  void theTable_knowsEveryMetricOfTheMachinesEtcd() throws IOException {
    Map<String, Row> rows = rows();
    try (var etcd = new EtcdServer(folder, "--metrics=extensive")) {
      metrics(Http.get("http://" + etcd.endpoint() + "/metrics").body())
          .forEach((name, metric) -> {
            Row row = rows.get(name);
            if (row == null) {
              throw new AssertionError("no row of " + name);
            }
            assertThat(metric.type()).as(name).isEqualTo(row.type());
            metric
                .labels()
                .ifPresent(labels -> assertThat(labels).as(name).isEqualTo(row.labels()));
          });
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
