package io.kvorum.suite.walkthroughs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two machines with a YAML file each; a third comes by flags, the second goes.
@Timeout(300)
final class ConfigFileWalkthroughTest {

  @Test
  void everyCommand_printsWhatTheDocumentShows(@TempDir Path folder) throws Exception {
    Walkthrough.run("config-file.txt", folder);
  }
}
