package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Await;
import io.kvorum.testkit.Http;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The machine's own etcdctl and curl against one member and against three.
@Timeout(600)
final class EtcdctlTest {

  private static final Duration BOUND = Duration.ofSeconds(20);

  @TempDir private Path folder;

  static Stream<Product> products() {
    return Product.chosen();
  }

  @ParameterizedTest
  @MethodSource("products")
  void oneMember_servesEtcdctlAndCurl(Product product) throws IOException {
    try (var cluster = new MemberCluster(product, folder, 1).start()) {
      keysAndValues(cluster);
      transactions(cluster);
      watches(cluster);
      leases(cluster);
      assertThat(cluster.succeed("member", "list"))
          .matches("[0-9a-f]+, started, infra0, http://.*:2380, http://.*:2379, false\n");
      httpIsServedBesideGrpc(cluster.member(0));
    }
  }

  @ParameterizedTest
  @MethodSource("products")
  void threeMembers_serveEtcdctl(Product product) throws IOException {
    try (var cluster = new MemberCluster(product, folder, 3).start()) {
      keysAndValues(cluster);
      transactions(cluster);
      watches(cluster);
      leases(cluster);
      everyMemberShowsTheSame(cluster);
      tablesShowTheCluster(cluster);
      leadershipMoves(cluster);
      membersComeAndGo(cluster);
      for (MemberProcess member : cluster.members()) {
        httpIsServedBesideGrpc(member);
      }
    }
  }

  private static void keysAndValues(MemberCluster cluster) {
    assertThat(cluster.succeed("put", "/app/a", "1")).isEqualTo("OK\n");
    assertThat(cluster.succeed("put", "/app/b", "2")).isEqualTo("OK\n");
    assertThat(cluster.succeed("put", "/other", "3")).isEqualTo("OK\n");
    assertThat(cluster.succeed("get", "/app/", "--prefix")).isEqualTo("/app/a\n1\n/app/b\n2\n");
    assertThat(cluster.succeed("get", "/app/", "--prefix", "--order=DESCEND", "--sort-by=KEY"))
        .isEqualTo("/app/b\n2\n/app/a\n1\n");
    assertThat(cluster.succeed("get", "/app/", "--prefix", "--keys-only", "--limit=1"))
        .isEqualTo("/app/a\n\n");
    assertThat(cluster.succeed("put", "/app/a", "one", "--prev-kv")).isEqualTo("OK\n/app/a\n1\n");
    assertThat(cluster.succeed("get", "/app/a", "--consistency=s")).contains("/app/a\n");
    assertThat(cluster.succeed("get", "missing")).isEmpty();
    assertThat(cluster.succeed("del", "/app/", "--prefix", "--prev-kv"))
        .isEqualTo("2\n/app/a\none\n/app/b\n2\n");
    assertThat(cluster.succeed("get", "/", "--prefix")).isEqualTo("/other\n3\n");
    assertThat(cluster.etcdctl("get", "k", "--rev=100000").errors())
        .contains("Error: etcdserver: mvcc: required revision is a future revision");
  }

  private static void transactions(MemberCluster cluster) {
    String lines =
        """
        mod("tx") = "0"

        put tx created
        get tx

        put tx changed

        """;
    assertThat(cluster.feed(lines, "txn").output()).isEqualTo("SUCCESS\n\nOK\n\ntx\ncreated\n");
    assertThat(cluster.feed(lines, "txn").output()).isEqualTo("FAILURE\n\nOK\n");
    assertThat(cluster.succeed("get", "tx", "--print-value-only")).isEqualTo("changed\n");
  }

  private static void watches(MemberCluster cluster) {
    try (Program watch = cluster.command("watch", "w/", "--prefix", "--prev-kv").start()) {
      Await.until(
          "the watch sees a change",
          BOUND,
          () -> {
            cluster.succeed("put", "w/first", "x");
            return watch.output().contains("w/first");
          });
      cluster.succeed("put", "w/k", "1");
      cluster.succeed("put", "w/k", "2");
      cluster.succeed("del", "w/k");
      watch.awaitWhileAlive(
          "every change in order",
          BOUND,
          () ->
              watch.output().endsWith("PUT\nw/k\n1\nPUT\nw/k\n1\nw/k\n2\nDELETE\nw/k\n2\nw/k\n\n"));
    }
  }

  private static void leases(MemberCluster cluster) {
    String id = cluster.succeed("lease", "grant", "100").split(" ", -1)[1];
    cluster.succeed("put", "leased", "v", "--lease=" + id);
    assertThat(cluster.succeed("lease", "timetolive", id, "--keys"))
        .matches(
            "lease "
                + id
                + " granted with TTL\\(100s\\), remaining\\(\\d+s\\), attached"
                + " keys\\(\\[leased\\]\\)\n");
    assertThat(cluster.succeed("lease", "keep-alive", "--once", id))
        .isEqualTo("lease " + id + " keepalived with TTL(100)\n");
    assertThat(cluster.succeed("lease", "list")).isEqualTo("found 1 leases\n" + id + "\n");
    assertThat(cluster.succeed("lease", "revoke", id)).isEqualTo("lease " + id + " revoked\n");
    assertThat(cluster.succeed("get", "leased")).isEmpty();
    String shortId = cluster.succeed("lease", "grant", "1").split(" ", -1)[1];
    cluster.succeed("put", "expiring", "v", "--lease=" + shortId);
    Await.until(
        "the lease ends and takes its key along",
        BOUND,
        () -> cluster.succeed("get", "expiring").isEmpty());
  }

  private static void everyMemberShowsTheSame(MemberCluster cluster) {
    cluster.succeed("put", "same", "everywhere");
    for (MemberProcess member : cluster.members()) {
      Program.Result got =
          Program.command("etcdctl", "--endpoints=" + member.endpoint(), "get", "same").run(BOUND);
      assertThat(got.output()).isEqualTo("same\neverywhere\n");
    }
  }

  private static void tablesShowTheCluster(MemberCluster cluster) {
    String members = cluster.succeed("member", "list", "-w", "table");
    assertThat(members.lines().toList().get(1).replaceAll(" +", " "))
        .isEqualTo("| ID | STATUS | NAME | PEER ADDRS | CLIENT ADDRS | IS LEARNER |");
    for (MemberProcess member : cluster.members()) {
      assertThat(members.lines().filter(line -> line.contains(" " + member.name() + " ")))
          .singleElement()
          .asString()
          .contains(" started ", member.peerUrl(), member.clientUrl(), " false |");
    }
    String status = cluster.succeed("endpoint", "status", "-w", "table");
    assertThat(status.lines().filter(line -> line.contains(":2379")))
        .hasSize(cluster.members().size());
    assertThat(
            status
                .lines()
                .filter(line -> line.replaceAll(" +", " ").contains("B | true | false |")))
        .as("one leader:\n%s", status)
        .hasSize(1);
    Program.Result health = cluster.etcdctl("endpoint", "health");
    assertThat((health.output() + health.errors()).lines().filter(l -> l.contains("is healthy")))
        .hasSize(cluster.members().size());
  }

  private static void leadershipMoves(MemberCluster cluster) {
    List<String> leaders = Rows.leaders(cluster);
    assertThat(leaders).hasSize(1);
    String other =
        Rows.status(cluster).stream().filter(id -> !leaders.contains(id)).findFirst().orElseThrow();
    assertThat(cluster.succeed("move-leader", other))
        .isEqualTo("Leadership transferred from " + leaders.getFirst() + " to " + other + "\n");
    Await.until("the new leader leads", BOUND, () -> Rows.leaders(cluster).equals(List.of(other)));
    cluster.succeed("put", "after", "move");
  }

  private static void membersComeAndGo(MemberCluster cluster) {
    // A learner has no vote, so that the cluster stays able to decide without its process.
    // Adding is refused until the members have been connected for five seconds, as etcd's rule is.
    var answer = new Program.Result[1];
    Await.until(
        "a member may be added",
        BOUND,
        () -> {
          answer[0] =
              cluster.etcdctl(
                  "member", "add", "extra", "--learner", "--peer-urls=http://127.1.2.3:2380");
          return answer[0].exitCode() == 0 || !answer[0].errors().contains("unhealthy cluster");
        });
    assertThat(answer[0].exitCode()).as(answer[0].errors()).isZero();
    String added = answer[0].output();
    assertThat(added)
        .contains("ETCD_NAME=\"extra\"")
        .contains("ETCD_INITIAL_CLUSTER=\"")
        .contains("extra=http://127.1.2.3:2380")
        .contains("ETCD_INITIAL_CLUSTER_STATE=\"existing\"");
    String id = added.split(" +", -1)[1];
    assertThat(cluster.succeed("member", "list")).contains(id + ", unstarted, , ");
    assertThat(cluster.etcdctl("member", "promote", id).errors())
        .contains("can only promote a learner member which is in sync with leader");
    // etcdctl fills a short id up with spaces.
    assertThat(cluster.succeed("member", "remove", id))
        .containsPattern("Member +" + id + " removed from cluster");
    assertThat(cluster.succeed("member", "list")).doesNotContain(id);
  }

  private static void httpIsServedBesideGrpc(MemberProcess member) throws IOException {
    Http.Answer health = Http.get(member.clientUrl() + "/health");
    assertThat(health.status()).isEqualTo(200);
    assertThat(health.body()).contains("\"health\":\"true\"");
    assertThat(Http.get(member.clientUrl() + "/version").body()).contains("\"etcdserver\":\"3.");
    for (String option : List.of("--http1.1", "--no-alpn", "--silent")) {
      Program.Result curl =
          Program.command("curl", "-sS", option, member.clientUrl() + "/health").run(BOUND);
      assertThat(curl.errors()).isEmpty();
      assertThat(curl.output()).contains("\"health\":\"true\"");
    }
  }
}
