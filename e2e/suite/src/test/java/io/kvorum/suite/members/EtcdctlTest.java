package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.suite.conformance.KnownDifferences;
import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every command of the machine's own etcdctl prints the same of Kvorum and of etcd, in every
/// setting: one member or three, in plaintext or with certificates, with and without users.
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class EtcdctlTest {

  private static final Duration BOUND = Duration.ofSeconds(20);
  private static final Path SCRIPTS =
      ProjectRoot.find().resolve("e2e/suite/src/test/resources/etcdctl");

  /// What makes a row of the page one of this test.
  private static final String OWN = "^etcdctl ";

  @TempDir private Path folder;

  static Stream<Setting> settings() {
    return Setting.chosen();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void everyCommand_printsWhatItPrintsOfEtcd(Setting setting) throws Exception {
    var differences = new ArrayList<String>();
    List<KnownDifferences.Row> rows = KnownDifferences.read().rows();
    var unused = new ArrayList<>(rows);
    unused.removeIf(row -> !row.operation().pattern().startsWith(OWN));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        var etcd =
            setting.direct().start(Product.ETCD, Files.createDirectory(folder.resolve("etcd")));
        var kvorum =
            setting.start(Product.KVORUM, Files.createDirectory(folder.resolve("kvorum")));
        var theirs = script(etcd, folder.resolve("etcd"));
        var ours = script(kvorum, folder.resolve("kvorum"))) {
      for (String line : lines(setting)) {
        var awaited = CompletableFuture.supplyAsync(() -> theirs.run(line), threads);
        String actual = ours.run(line);
        String expected = awaited.join();
        List<KnownDifferences.Row> explaining =
            rows.stream().filter(row -> row.explains("etcdctl " + line, expected, actual)).toList();
        if (!actual.equals(expected)) {
          unused.removeAll(explaining);
          if (explaining.isEmpty()) {
            differences.add("$ " + line + "\n-- etcd\n" + expected + "-- kvorum\n" + actual);
          }
        }
      }
      for (MemberProcess member : kvorum.members()) {
        httpIsServedBesideGrpc(member, kvorum);
      }
    }
    assertThat(differences).isEmpty();
    assertThat(unused).as("rows of the page that nothing shows any more").isEmpty();
  }

  /// The plainest setting, and every one of the whole product, does all that etcdctl can.
  private static List<String> lines(Setting setting) throws IOException {
    var lines = new ArrayList<>(lines("commands.txt"));
    if (setting.direct().equals(Setting.PLAINEST) || Setting.allAreChosen()) {
      lines.addAll(lines("variants.txt"));
    }
    return lines;
  }

  private static List<String> lines(String script) throws IOException {
    return EtcdctlScript.lines(Files.readString(SCRIPTS.resolve(script)));
  }

  /// Through a follower, if there is one: what it can't do itself it hands on.
  private static EtcdctlScript script(MemberCluster cluster, Path folder) {
    List<String> ids = Rows.status(cluster);
    int leader = ids.indexOf(Rows.leaders(cluster).getFirst());
    int asked = (leader + 1) % ids.size();
    return new EtcdctlScript(cluster.member(asked).endpoint(), cluster.endpoints(), cluster.flags())
        .name("DIR", folder.toString())
        .name("OTHER", ids.get(asked))
        .name("ADDRESS", cluster.member(asked).endpoint());
  }

  private static void httpIsServedBesideGrpc(MemberProcess member, MemberCluster cluster)
      throws IOException {
    var known = new ArrayList<String>();
    cluster
        .certificates()
        .ifPresent(certificates ->
            known.addAll(
                List.of(
                    "--cacert",
                    certificates.file("ca.crt"),
                    "--cert",
                    certificates.file("client.crt"),
                    "--key",
                    certificates.file("client.key"))));
    for (String option : List.of("--http1.1", "--no-alpn", "--silent")) {
      for (String page : List.of("/health \"health\":\"true\"", "/version \"etcdserver\":\"3.")) {
        String[] asked = page.split(" ", 2);
        Program.Result curl =
            Program.command("curl", "-sS", option, member.clientUrl() + asked[0])
                .with(known.toArray(String[]::new))
                .run(BOUND);
        assertThat(curl.errors()).isEmpty();
        assertThat(curl.output()).contains(asked[1]);
      }
    }
  }
}
