package io.kvorum.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

final class GoldenTest {

  @TestFactory
  List<DynamicTest> scripts() {
    return Golden.scripts(
        Path.of("src/test/resources/golden"),
        () ->
            command ->
                switch (command.name()) {
                  case "echo" -> String.join(" ", command.args());
                  case "input" -> command.input();
                  case "nothing" -> "";
                  default -> throw new IllegalArgumentException(command.position());
                });
  }

  @Test
  void script_otherOutput_failsWithDiff(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("x.txt");
    Files.writeString(file, "echo a\n----\nb\n");
    assertThatThrownBy(() -> Golden.script(file, command -> "a"))
        .hasMessageContaining("- b")
        .hasMessageContaining("+ a");
  }

  @Test
  void diff_changedLine_keepsContext() {
    assertThat(Diff.unified("1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\n5\n6\n7\nx\n9"))
        .isEqualTo("  ...\n  5\n  6\n  7\n- 8\n+ x\n  9\n");
  }

  @Test
  void seeds_failure_namesItsSeed() {
    assertThatThrownBy(() ->
            Seeds.forEachSeed(
                10,
                (seed, _) -> {
                  if (seed == 7) {
                    throw new IllegalStateException("broken");
                  }
                }))
        .hasMessageContaining("-Dseed=7")
        .hasRootCauseMessage("broken");
  }
}
