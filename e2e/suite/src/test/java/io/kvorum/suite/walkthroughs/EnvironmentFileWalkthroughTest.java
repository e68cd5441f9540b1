package io.kvorum.suite.walkthroughs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Three machines with a package, its service and its environment file, and API v2 on them.
@Timeout(300)
final class EnvironmentFileWalkthroughTest {

  @Test
  void everyCommand_printsWhatTheDocumentShows(@TempDir Path folder) throws Exception {
    Walkthrough.run("environment-file.txt", folder);
  }
}
