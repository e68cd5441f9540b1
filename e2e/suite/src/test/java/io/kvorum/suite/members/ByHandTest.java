package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A cluster formed by hand, as tutorials do it: each member told its flags in another way, a
/// fourth announced and joined, then removed, whereupon its process stops by itself.
@Timeout(600)
final class ByHandTest {

  private static final Duration BOUND = Duration.ofSeconds(60);

  @TempDir private Path folder;

  static Stream<Product> products() {
    return Product.chosen();
  }

  @ParameterizedTest
  @MethodSource("products")
  void threeShells_thenAFourthMemberComesAndGoes(Product product) throws IOException {
    try (var cluster = new MemberCluster(product, folder, 3)) {
      startEachInItsOwnWay(cluster);
      cluster.members().forEach(MemberProcess::awaitHealthy);
      cluster.succeed("put", "before", "the fourth");

      MemberProcess fourth = join(cluster);
      Program.Result read =
          Program.command("etcdctl", "--endpoints=" + fourth.endpoint(), "get", "before")
              .run(BOUND);
      assertThat(read.output()).isEqualTo("before\nthe fourth\n");
      assertThat(cluster.succeed("member", "list")).contains(", started, infra3, ");

      remove(cluster, fourth);
      int exitCode = fourth.program().awaitExit(BOUND);
      assertThat(product.removedExitCodes()).contains(exitCode);
      cluster.members().remove(fourth);
      assertThat(cluster.succeed("member", "list").lines()).hasSize(3);
      cluster.succeed("put", "after", "the fourth");
      staysRemoved(product, fourth, cluster);
    }
  }

  /// One dash and two dashes, values joined and apart, the environment, a file.
  private void startEachInItsOwnWay(MemberCluster cluster) throws IOException {
    String initial = cluster.initialCluster();
    MemberProcess first = cluster.member(0);
    first.start(first.launch().with(words(first.flags("-", false, initial, "new"))));

    MemberProcess second = cluster.member(1);
    Program.Launch inEnvironment = second.launch();
    for (String flag : second.flags("", true, initial, "new")) {
      int equals = flag.indexOf('=');
      String variable = flag.substring(0, equals).replace('-', '_').toUpperCase(Locale.ROOT);
      inEnvironment.environment("ETCD_" + variable, flag.substring(equals + 1));
    }
    second.start(inEnvironment);

    MemberProcess third = cluster.member(2);
    var yaml = new StringBuilder("# configuration of the third member\n");
    for (String flag : third.flags("", true, initial, "new")) {
      int equals = flag.indexOf('=');
      yaml.append(flag, 0, equals).append(": ").append(flag.substring(equals + 1)).append('\n');
    }
    Path file = Files.writeString(folder.resolve("config.yaml"), yaml);
    third.start(third.launch().with("--config-file", file.toString()));
  }

  private static String[] words(List<String> flags) {
    return flags.toArray(String[]::new);
  }

  private static MemberProcess join(MemberCluster cluster) {
    // etcd refuses a change while it has not seen all members for a while.
    MemberProcess fourth = cluster.newMember("infra3");
    cluster.members().remove(fourth);
    var added = new String[1];
    Await.until(
        "member add is accepted",
        BOUND,
        () -> {
          Program.Result result =
              cluster.etcdctl("member", "add", "infra3", "--peer-urls=" + fourth.peerUrl());
          added[0] = result.output();
          return result.exitCode() == 0;
        });
    assertThat(added[0]).contains("ETCD_INITIAL_CLUSTER_STATE=\"existing\"");
    String initial =
        added[0]
            .lines()
            .filter(line -> line.startsWith("ETCD_INITIAL_CLUSTER="))
            .map(line -> line.substring(line.indexOf('"') + 1, line.length() - 1))
            .findFirst()
            .orElseThrow();
    cluster.members().add(fourth);
    fourth.start(fourth.launch().with(words(fourth.flags("--", false, initial, "existing"))));
    fourth.awaitHealthy();
    return fourth;
  }

  private static void remove(MemberCluster cluster, MemberProcess member) {
    String id =
        cluster
            .succeed("member", "list")
            .lines()
            .filter(line -> line.contains(", " + member.name() + ", "))
            .map(line -> line.substring(0, line.indexOf(',')))
            .findFirst()
            .orElseThrow();
    Await.until(
        "member remove is accepted",
        BOUND,
        () ->
            cluster.etcdctl("member", "remove", id).exitCode() == 0
                || !cluster.succeed("member", "list").contains(id));
  }

  /// Started again, a removed member stops again.
  private static void staysRemoved(Product product, MemberProcess member, MemberCluster cluster) {
    member.start(
        cluster.initialCluster() + "," + member.name() + "=" + member.peerUrl(), "existing");
    int exitCode = member.program().awaitExit(BOUND);
    assertThat(product.removedExitCodes()).contains(exitCode);
    member.close();
  }
}
