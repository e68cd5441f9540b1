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

/// What stock kubectl sees, word for word: a current one (written with 1.32), and Debian's 1.20.2.
///
/// Debian's is always tested: it is the machine's own or is fetched. No package registry that this
/// build may rely on has a current one, so that half runs where the machine has one, as `kubectl`
/// or `kubectl-current` on its PATH; elsewhere a line on standard error says that it did not run.
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
  List<DynamicTest> stockKubectl() {
    List<Kubectl> programs = Kubectl.all();
    if (programs.stream().noneMatch(Kubectl::isCurrent)) {
      System.err.println("No current kubectl is on this machine: its scripts do not run.");
    }
    return programs.stream().flatMap(program -> scripts(program).stream()).toList();
  }

  private List<DynamicTest> scripts(Kubectl kubectl) {
    String folder = kubectl.isCurrent() ? "current" : "debian";
    return Golden.scripts(SCRIPTS.resolve(folder), () -> script(kubectl.program()));
  }

  private KubectlScript script(Path kubectl) {
    return new KubectlScript(kubectl, kubernetes.kubeconfig());
  }
}
