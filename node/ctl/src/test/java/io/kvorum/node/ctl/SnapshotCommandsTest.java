package io.kvorum.node.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.EtcdServer;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Saved files, and what is said of them, compared with the machine's own etcdctl.
@Timeout(60)
final class SnapshotCommandsTest {

  private static final Duration BOUND = Duration.ofSeconds(30);

  @TempDir private Path folder;

  @Test
  void savedFiles_areSoundForBoth() throws IOException {
    Path ours = folder.resolve("ours.db");
    try (var server = new EtcdServer(Files.createDirectory(folder.resolve("etcd")))) {
      var environment = Map.of("ETCDCTL_ENDPOINTS", server.endpoint());
      for (String line : List.of("put k v", "put k w", "lease grant 100", "del k")) {
        assertThat(CommandRun.of(List.of(line.split(" ", -1)), "", environment).exitCode())
            .isZero();
      }
      assertThat(CommandRun.of(List.of("snapshot", "save", ours.toString()), "", environment))
          .isEqualTo(new CommandRun(0, "Snapshot saved at " + ours + "\n", ""));
    }
    assertThat(folder.resolve("ours.db.part")).doesNotExist();
    for (String format : List.of("simple", "json", "fields", "table", "protobuf")) {
      List<String> words = List.of("snapshot", "status", ours.toString(), "-w", format);
      Program.Result stock =
          Program.command("etcdctl").with(words.toArray(String[]::new)).run(BOUND);
      CommandRun run = CommandRun.of(words, "", Map.of());
      assertThat(run.output()).as(format).isEqualTo(stock.rawOutput());
      assertThat(run.exitCode()).as(format).isEqualTo(stock.exitCode());
    }
    damage_isTold(ours);
  }

  private void damage_isTold(Path sound) throws IOException {
    byte[] bytes = Files.readAllBytes(sound);
    byte[] flipped = bytes.clone();
    flipped[bytes.length / 2] ^= 1;
    assertThat(status(flipped)).startsWith("Error: expected sha256 ").contains(", got ");
    assertThat(status(Arrays.copyOf(bytes, bytes.length / 2)))
        .contains("the file is cut off: it should have ");
    assertThat(status(new byte[9_000])).contains("this is not a bbolt file");
    assertThat(status(new byte[0])).contains("this is not a bbolt file");
  }

  private String status(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("damaged.db"), bytes);
    CommandRun run = CommandRun.of("snapshot", "status", file.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.output()).isEmpty();
    assertThat(run.errors()).hasLineCount(1);
    return run.errors();
  }

  @Test
  void unreachableMember_leavesNoFile() {
    Path file = folder.resolve("never.db");
    CommandRun run =
        CommandRun.of(
            List.of("snapshot", "save", file.toString(), "--command-timeout=200ms"),
            "",
            Map.of("ETCDCTL_ENDPOINTS", "127.0.0.1:1"));
    assertThat(run.exitCode()).isEqualTo(5);
    assertThat(run.errors()).isEqualTo("Error: context deadline exceeded\n");
    assertThat(folder).isEmptyDirectory();
  }
}
