package io.kvorum.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ProgramTest {

  private static final Duration BOUND = Duration.ofSeconds(20);

  @Test
  void run_feedsInputAndSeparatesOutputs() {
    Program.Result result =
        Program.command("sh", "-c", "cat; echo wrong >&2; exit 7")
            .run("right".getBytes(StandardCharsets.UTF_8), BOUND);
    assertThat(result.output()).isEqualTo("right");
    assertThat(result.errors()).isEqualTo("wrong\n");
    assertThat(result.exitCode()).isEqualTo(7);
  }

  @Test
  void awaitLine_failsAtOnceWhenTheProgramEnds() {
    try (Program program = Program.command("sh", "-c", "echo last words; exit 3").start()) {
      program.awaitLine("last words", BOUND);
      assertThatThrownBy(() -> program.awaitLine("never said", Duration.ofHours(1)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("ended before")
          .hasMessageContaining("exit code 3")
          .hasMessageContaining("last words");
    }
  }

  @Test
  void signals_reachTheProgram() {
    try (Program program =
        Program.command("sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do read _; done")
            .start()) {
      program.awaitLine("ready", BOUND);
      program.terminate();
      program.endInput();
      assertThat(program.awaitExit(BOUND)).isEqualTo(5);
    }
    try (Program program = Program.command("cat").start()) {
      assertThat(program.isAlive()).isTrue();
      program.kill();
      assertThat(program.awaitExit(BOUND)).isEqualTo(128 + 9);
    }
  }

  @Test
  void loopback_addressesDiffer() {
    assertThat(Loopback.next(2379)).startsWith("127.").isNotEqualTo(Loopback.next(2379));
  }
}
