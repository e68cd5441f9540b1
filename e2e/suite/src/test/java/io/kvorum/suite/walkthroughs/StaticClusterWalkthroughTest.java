package io.kvorum.suite.walkthroughs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Three machines by flags with one dash; a member comes by the cluster's API, and goes.
@Timeout(300)
final class StaticClusterWalkthroughTest {

  @Test
  void everyCommand_printsWhatTheDocumentShows(@TempDir Path folder) throws Exception {
    Walkthrough.run("static-cluster.txt", folder);
  }
}
