package io.kvorum.node.server.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.StartFailure;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two processes never share a directory. (That a lock ends with its process is tested with real
/// processes.)
final class DataDirectoryTest {

  @TempDir Path folder;

  @Test
  void lockedDirectory_namesItsHolder() {
    try (var held = DataDirectory.open(folder.resolve("a"), folder.resolve("log"))) {
      assertThat(held.identity()).isEmpty();
      assertThatThrownBy(() -> DataDirectory.open(folder.resolve("a"), folder.resolve("log2")))
          .isInstanceOf(StartFailure.class)
          .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
    }
  }

  @Test
  void sharedLogDirectory_isRefused() {
    try (var held = DataDirectory.open(folder.resolve("a"), folder.resolve("log"))) {
      assertThat(held.folders().log()).isEqualTo(folder.resolve("log"));
      assertThatThrownBy(() -> DataDirectory.open(folder.resolve("b"), folder.resolve("log")))
          .isInstanceOf(StartFailure.class)
          .hasMessageContaining("directory " + folder.resolve("log") + " is in use by process");
    }
  }

  @Test
  void closedDirectory_opensAgain() {
    DataDirectory.open(folder, folder.resolve("member/log")).close();
    DataDirectory.open(folder, folder.resolve("member/log")).close();
  }

  @Test
  void unwritableParent_isAConfigurationError() {
    assertThatThrownBy(() -> DataDirectory.open(Path.of("/proc/none"), Path.of("/proc/none/log")))
        .isInstanceOfSatisfying(
            StartFailure.class,
            failure -> assertThat(failure.exitCode()).isIn(ExitCode.FATAL, ExitCode.DISK_FAILED));
  }
}
