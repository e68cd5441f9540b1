package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.suite.history.Workload;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A member moves to another address with its data, and one whose disk is gone is replaced, both
/// while clients write: nothing that was acknowledged is lost, and no read is stale.
@Timeout(300)
final class MoveTest {

  private static final int CLIENTS = 4;
  private static final int WRITES_BETWEEN = 100;
  private static final Duration PACE = Duration.ofMillis(5);
  private static final Duration BOUND = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @Test
  void migratedAndReplacedMembers_loseNothing() throws Exception {
    try (var cluster = new MemberCluster(Product.KVORUM, folder, 3).start()) {
      var endpoints = new AtomicReference<List<String>>(endpoints(cluster));
      Workload load = Workload.start(CLIENTS, "move/", PACE, endpoints::get);
      awaitWrites(load);
      migrate(cluster, cluster.member(0));
      endpoints.set(endpoints(cluster));
      awaitWrites(load);
      replace(cluster, cluster.member(0));
      endpoints.set(endpoints(cluster));
      awaitWrites(load);
      load.stop();
      assertThat(load.violations(endpoints(cluster))).as(load.summary()).isEmpty();
      assertThat(cluster.succeed("member", "list").lines())
          .hasSize(3)
          .allMatch(line -> line.contains(", started, "));
    }
  }

  private static List<String> endpoints(MemberCluster cluster) {
    return cluster.members().stream().map(MemberProcess::endpoint).toList();
  }

  private static void awaitWrites(Workload load) {
    long wanted = load.acknowledged() + WRITES_BETWEEN;
    Await.until(wanted + " writes acknowledged", BOUND, () -> load.acknowledged() >= wanted);
  }

  /// Stop, copy the data directory, tell the cluster the new address, start there.
  private static void migrate(MemberCluster cluster, MemberProcess old) throws IOException {
    String id = id(cluster, old);
    old.program().terminate();
    old.program().awaitExit(BOUND);
    cluster.members().remove(old);
    MemberProcess moved = cluster.newMember(old.name() + "-moved");
    cluster.members().remove(moved);
    Program.Result copy =
        Program.command("cp", "-a", old.dataFolder().toString(), moved.dataFolder().toString())
            .run(BOUND);
    assertThat(copy.errors()).isEmpty();
    retried(cluster, "member", "update", id, "--peer-urls=" + moved.peerUrl());
    cluster.members().add(moved);
    // The flags of before; the data directory decides, so what they say of the cluster is not read.
    moved.start(old.name() + "=" + old.peerUrl(), "new");
    moved.awaitHealthy();
    assertThat(id(cluster, moved)).isEqualTo(id);
  }

  /// Its disk is lost with it: it goes, and a new member with a new id comes.
  private static void replace(MemberCluster cluster, MemberProcess lost) {
    String id = id(cluster, lost);
    lost.program().kill();
    cluster.members().remove(lost);
    retried(cluster, "member", "remove", id);
    MemberProcess fresh = cluster.newMember("fresh");
    cluster.members().remove(fresh);
    retried(cluster, "member", "add", "fresh", "--peer-urls=" + fresh.peerUrl());
    cluster.members().add(fresh);
    fresh.start(initialCluster(cluster, fresh), "existing");
    fresh.awaitHealthy();
    assertThat(id(cluster, fresh)).isNotEqualTo(id);
  }

  /// As the cluster itself says who belongs to it.
  private static String initialCluster(MemberCluster cluster, MemberProcess fresh) {
    var all = new ArrayList<String>();
    for (String line : cluster.succeed("member", "list").lines().toList()) {
      String[] fields = line.split(", ", -1);
      all.add((fields[2].isEmpty() ? fresh.name() : fields[2]) + "=" + fields[3]);
    }
    return String.join(",", all);
  }

  private static String id(MemberCluster cluster, MemberProcess member) {
    return cluster
        .succeed("member", "list")
        .lines()
        .filter(line -> line.contains(member.peerUrl() + ","))
        .map(line -> line.substring(0, line.indexOf(',')))
        .findFirst()
        .orElseThrow();
  }

  /// A change of members is refused while the cluster has not heard of all for a while.
  private static void retried(MemberCluster cluster, String... command) {
    var errors = new String[1];
    try {
      Await.until(
          String.join(" ", command),
          BOUND,
          () -> {
            Program.Result result = cluster.etcdctl(command);
            errors[0] = result.errors();
            return result.exitCode() == 0;
          });
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + ": " + errors[0], e);
    }
  }
}
