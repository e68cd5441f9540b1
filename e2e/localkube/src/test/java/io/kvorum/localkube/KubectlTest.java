package io.kvorum.localkube;

import io.kvorum.testkit.Golden;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// What stock kubectl sees, word for word: the machine's current one, and Debian's 1.20.2.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class KubectlTest {

  private static final Path SCRIPTS = Path.of("src/test/resources/kubectl");

  private final Path folder;
  private final LocalKube kubernetes;

  KubectlTest(@TempDir Path folder) throws Exception {
    this.folder = folder;
    this.kubernetes =
        new LocalKube(new LocalKube.Options(folder.resolve("state"), 0, Path.of("kvorum"), 3));
  }

  @BeforeAll
  void makeHome() throws Exception {
    Files.createDirectories(folder.resolve("state/home"));
  }

  @AfterAll
  void stop() {
    kubernetes.close();
  }

  @TestFactory
  List<DynamicTest> currentKubectl() {
    return Golden.scripts(SCRIPTS.resolve("current"), () -> script(Kubectl.current()));
  }

  @TestFactory
  List<DynamicTest> debiansKubectl() {
    return Kubectl.debian()
        .map(kubectl -> Golden.scripts(SCRIPTS.resolve("debian"), () -> script(kubectl)))
        .orElse(List.of());
  }

  private KubectlScript script(Path kubectl) {
    return new KubectlScript(kubectl, kubernetes.kubeconfig());
  }
}
