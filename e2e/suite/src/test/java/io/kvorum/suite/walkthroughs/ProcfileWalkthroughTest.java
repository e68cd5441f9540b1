package io.kvorum.suite.walkthroughs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A cluster on one machine: by a Procfile, then by three commands; a fourth member comes and goes.
@Timeout(300)
final class ProcfileWalkthroughTest {

  @Test
  void everyCommand_printsWhatTheDocumentShows(@TempDir Path folder) throws Exception {
    Walkthrough.run("procfile.txt", folder);
  }
}
