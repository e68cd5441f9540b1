package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.suite.conformance.KnownDifferences;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Locks and elections: the services answer as etcd's, and etcdctl's contenders take turns.
@Timeout(300)
final class LockTest {

  private static final Duration BOUND = Duration.ofSeconds(30);

  @TempDir private Path folder;

  @Test
  void services_answerAsThoseOfEtcd() throws Exception {
    List<String> theirs = told(Product.ETCD, 1);
    List<String> ours = told(Product.KVORUM, 1);
    assertThat(ours).hasSameSizeAs(theirs);
    List<KnownDifferences.Row> rows = KnownDifferences.read().rows();
    for (int i = 0; i < ours.size(); i++) {
      String expected = theirs.get(i);
      String actual = ours.get(i);
      String what = actual.substring(0, actual.indexOf(" -> "));
      if (rows.stream().noneMatch(row -> row.explains(what, expected, actual))) {
        assertThat(actual).isEqualTo(expected);
      }
    }
    assertThat(told(Product.KVORUM, 3)).as("spread over three").containsExactlyElementsOf(ours);
  }

  private List<String> told(Product product, int members) throws Exception {
    Path home = Files.createDirectory(folder.resolve(product + "-" + members));
    try (var cluster = new MemberCluster(product, home, members).start();
        var conversation =
            new LockConversation(
                cluster.members().stream().map(MemberProcess::endpoint).toList())) {
      return conversation.told();
    }
  }

  @Test
  void contendersOfEtcdctl_takeTurns() throws IOException {
    try (var cluster = new MemberCluster(Product.KVORUM, folder, 3).start();
        Program first = cluster.command("lock", "turn").start()) {
      first.awaitLine("turn/", BOUND);
      try (Program second = cluster.command("lock", "turn").start()) {
        awaitKeys(cluster, "turn/", 2);
        assertThat(second.output()).isEmpty();
        assertThat(
                cluster.etcdctl("lock", "other", "--", "sh", "-c", "echo $ETCD_LOCK_KEY").output())
            .startsWith("other/");
        first.signal("INT");
        first.awaitExit(BOUND);
        second.awaitLine("turn/", BOUND);
        second.kill();
      }
      // Nobody gives this lock back: it is free when its lease ends.
      assertThat(cluster.etcdctl("lock", "turn", "echo", "mine").output()).isEqualTo("mine\n");
    }
  }

  @Test
  void candidatesOfEtcdctl_takeTurns() {
    try (var cluster = new MemberCluster(Product.KVORUM, folder, 3).start();
        Program listener = cluster.command("elect", "vote", "-l").start();
        Program first = cluster.command("elect", "vote", "one").start()) {
      first.awaitLine("one", BOUND);
      listener.awaitLine("one", BOUND);
      try (Program second = cluster.command("elect", "vote", "two").start()) {
        awaitKeys(cluster, "vote/", 2);
        assertThat(second.output()).isEmpty();
        first.signal("TERM");
        first.awaitExit(BOUND);
        second.awaitLine("two", BOUND);
        listener.awaitLine("two", BOUND);
      }
    }
  }

  private static void awaitKeys(MemberCluster cluster, String prefix, int count) {
    Await.until(
        count + " hold or wait",
        BOUND,
        () ->
            cluster
                    .succeed("get", prefix, "--prefix", "--keys-only")
                    .lines()
                    .filter(line -> !line.isEmpty())
                    .count()
                == count);
  }
}
