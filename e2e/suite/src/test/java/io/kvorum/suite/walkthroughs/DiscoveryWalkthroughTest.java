package io.kvorum.suite.walkthroughs;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Members that do not know each other meet below a token, in another cluster or at a service.
@Timeout(300)
final class DiscoveryWalkthroughTest {

  @Test
  void everyCommand_printsWhatTheDocumentShows(@TempDir Path folder) throws Exception {
    Walkthrough.run("discovery.txt", folder);
  }

  @Test
  void byAService_printsWhatTheDocumentShows(@TempDir Path folder) throws Exception {
    Walkthrough.run("discovery-service.txt", folder);
  }
}
