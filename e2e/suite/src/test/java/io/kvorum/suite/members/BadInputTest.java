package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What our member refuses to start with: one line that names what is wrong, and the documented
/// exit code.
@Timeout(600)
final class BadInputTest {

  private static final Duration BOUND = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private MemberProcess member(String name) {
    return new MemberProcess(Product.KVORUM, name, folder);
  }

  private static String self(MemberProcess member) {
    return member.name() + "=" + member.peerUrl();
  }

  /// Runs the member until it has refused to start.
  private static void assertRefused(
      MemberProcess member, Program.Launch launch, int exitCode, String text) {
    member.start(launch);
    try (member) {
      int actual = member.program().awaitExit(BOUND);
      String all = member.program().output() + member.program().errors();
      assertThat(actual).as(all).isEqualTo(exitCode);
      assertOneLine(all, text);
    }
  }

  private static void assertOneLine(String output, String text) {
    assertThat(output.lines().filter(line -> line.contains(text)))
        .as("one line with \"%s\" in:\n%s", text, output)
        .hasSize(1);
    assertThat(output).doesNotContain("\\tat ", "\tat ");
  }

  private static Program.Launch alone(MemberProcess member, String... more) {
    return member
        .launch()
        .with(member.flags("--", true, self(member), "new").toArray(String[]::new))
        .with(more);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "--no-such-flag | 2 | flag provided but not defined: -no-such-flag",
        "stray | 1 | 'stray' is not a valid flag",
        "--name | 1 | flag needs an argument: -name",
        "--heartbeat-interval=fast | 1 | invalid value \"fast\" for --heartbeat-interval",
        "--listen-client-urls=ftp://127.0.0.1:2379 | 1 | --listen-client-urls",
        "--listen-client-urls=http://127.0.0.1 | 1 | --listen-client-urls",
        "--initial-cluster-state=old | 1 | --initial-cluster-state",
        "--initial-cluster=nonsense | 1 | --initial-cluster",
        "--snapshot-count=-1 | 1 | --snapshot-count",
        "--config-file=/nonexistent.yaml | 1 | /nonexistent.yaml",
      })
  void wrongFlags_getOneLineAndAnExitCode(String flag, int exitCode, String text) {
    Program.Result result = Product.KVORUM.member().in(folder).with(flag.strip()).run(BOUND);
    assertThat(result.exitCode()).isEqualTo(exitCode);
    assertOneLine(result.output() + result.errors(), text);
  }

  @Test
  void dataInUse_isRefused() {
    MemberProcess holder = member("holder");
    try (holder) {
      holder.start(self(holder), "new");
      holder.awaitHealthy();
      MemberProcess second = member("second");
      assertRefused(
          second,
          alone(second, "--data-dir=" + holder.dataFolder()),
          1,
          "is in use by process " + holder.program().pid());
    }
  }

  @Test
  void dataOfOthers_isRefused() throws IOException {
    MemberProcess member = member("member");
    try (member) {
      member.start(self(member), "new");
      member.awaitHealthy();
    }
    assertRefused(
        member,
        alone(member, "--expect-cluster-id=1234"),
        1,
        "--expect-cluster-id=1234 wants another");

    Path format = member.dataFolder().resolve("member/FORMAT");
    String known = Files.readString(format);
    Files.writeString(format, "99\n");
    assertRefused(member, alone(member), 68, "has format 99, this program reads formats up to");
    Files.writeString(format, known);

    Path identity = member.dataFolder().resolve("member/IDENTITY");
    byte[] bytes = Files.readAllBytes(identity);
    bytes[bytes.length / 2] ^= 1;
    Files.write(identity, bytes);
    assertRefused(member, alone(member), 67, identity + " is damaged");
  }

  @Test
  void dataOfEtcd_isRefused() throws IOException {
    MemberProcess member = member("member");
    Files.createDirectories(member.dataFolder().resolve("member/wal"));
    assertRefused(member, alone(member), 1, "holds data of etcd");
  }

  @Test
  void lostIdentity_isTold() throws Exception {
    try (var cluster = new MemberCluster(Product.KVORUM, folder, 3).start()) {
      cluster.succeed("put", "k", "v");
      MemberProcess member = cluster.member(2);
      member.program().kill();
      Path lost = folder.resolve("lost");
      Files.move(member.dataFolder(), lost);
      Program.Launch launch =
          member
              .launch()
              .with(
                  member
                      .flags("--", true, cluster.initialCluster(), "existing")
                      .toArray(String[]::new));
      // Its peers may be too busy to answer; whoever supervises a member starts it again then.
      Await.until(
          "a peer tells about the member",
          BOUND.multipliedBy(5),
          () -> {
            member.start(launch);
            member.program().awaitExit(BOUND);
            return !member.program().errors().contains("cannot fetch cluster info");
          });
      assertThat(member.program().awaitExit(BOUND)).as(member.program().errors()).isEqualTo(64);
      assertOneLine(member.program().errors(), "has already been bootstrapped in cluster");
    }
  }

  @Test
  void missingLog_isTold() throws IOException {
    MemberProcess member = member("member");
    try (member) {
      member.start(self(member), "new");
      member.awaitHealthy();
    }
    Path state = member.dataFolder().resolve("member/state");
    Files.move(state, folder.resolve("state-moved-away"));
    assertRefused(member, alone(member), 67, "the state of this member is missing");
  }

  /// Native code comes in files: a member that is killed again and again must not leave them
  /// behind.
  @Test
  void temporaryFolder_isLeftEmpty_andMustTakeFiles() throws IOException {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    MemberProcess member = member("member");
    try (member) {
      member.start(withTemporary(alone(member), temporary));
      member.awaitHealthy();
      member.program().kill();
    }
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).isEmpty();
    }
    Path file = Files.createFile(folder.resolve("file"));
    assertRefused(
        member, withTemporary(alone(member), file), 74, "the folder for temporary files, " + file);
  }

  private static Program.Launch withTemporary(Program.Launch launch, Path folder) {
    return launch.environment("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + folder);
  }
}
