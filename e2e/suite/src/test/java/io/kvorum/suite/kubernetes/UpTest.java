package io.kvorum.suite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.suite.history.StoreClient;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./kvorum up` and `down` as a user meets them: one at a time on a folder, nothing left running
/// whatever ends it, and the data there again at the next start.
final class UpTest {

  private static final Duration BOUND = Duration.ofMinutes(4);

  /// What a program ends with that SIGINT has stopped.
  private static final int INTERRUPTED = 130;

  @Test
  void up_survivesKill_andLeavesNothingRunning(@TempDir Path folder) throws IOException {
    Path state = folder.resolve("state");
    try (var kubernetes = new LocalKubernetes(state, true)) {
      put(kubernetes);
      Program.Result second = kubernetes.up().run(BOUND);
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.errors()).contains(" is in use by process " + kubernetes.pid() + ";");

      List<Long> before = kubernetes.processes();
      assertThat(before).as("up, the operator and three members").hasSizeGreaterThanOrEqualTo(5);
      Program.command("kill", "-9", "" + kubernetes.pid()).run(BOUND);
      kubernetes.up(true);
      assertThat(kubernetes.processes()).doesNotContainAnyElementsOf(before);
      kubernetes.awaitSettled("demo", 3, BOUND);
      assertIsThere(kubernetes);

      assertThat(kubernetes.down().exitCode()).isZero();
      assertNothingRuns(kubernetes);
      interrupted(kubernetes);
      Path ofLocal = Files.createDirectories(state.resolve("local/infra1"));
      assertThat(kubernetes.down("--purge").exitCode()).isZero();
      assertThat(state.toFile().list()).containsExactly("local");
      for (Path left : List.of(ofLocal, state.resolve("local"), state)) {
        Files.delete(left);
      }
    }
  }

  /// A start in the foreground goes on with the data, and Ctrl-C ends all of it.
  private static void interrupted(LocalKubernetes kubernetes) {
    try (Program up = kubernetes.up().start()) {
      up.awaitLine("Ctrl-C stops it all", BOUND);
      kubernetes.awaitSettled("demo", 3, BOUND);
      assertIsThere(kubernetes);
      up.signal("INT");
      assertThat(up.awaitExit(BOUND)).isEqualTo(INTERRUPTED);
    }
    assertNothingRuns(kubernetes);
  }

  private static void put(LocalKubernetes kubernetes) {
    try (var client = new StoreClient(kubernetes.endpoints("demo").getFirst())) {
      client.put("kept", "value");
    }
  }

  private static void assertIsThere(LocalKubernetes kubernetes) {
    for (String endpoint : kubernetes.endpoints("demo")) {
      try (var client = new StoreClient(endpoint)) {
        assertThat(client.get("kept", false).getKvs(0).getValue().toStringUtf8())
            .isEqualTo("value");
      }
    }
  }

  private static void assertNothingRuns(LocalKubernetes kubernetes) {
    Await.until(
        "no process is left: " + kubernetes.processes(),
        BOUND,
        () -> kubernetes.processes().isEmpty());
  }
}
