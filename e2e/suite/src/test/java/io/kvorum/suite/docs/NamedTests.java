package io.kvorum.suite.docs;

import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Tests as documents name them: `node.core.kv.KvTest#method`, below `io.kvorum`, or a script below
/// the core's test resources.
final class NamedTests {

  private static final Path ROOT = ProjectRoot.find();

  private static final List<String> MODULES =
      List.of("node/core", "node/server", "node/sim", "node/ctl", "operator", "e2e/suite");

  private NamedTests() {}

  static boolean exists(String name) throws IOException {
    if (name.endsWith(".txt")) {
      return Files.exists(ROOT.resolve("node/core/src/test/resources").resolve(name));
    }
    int hash = name.indexOf('#');
    if (hash < 0) {
      return false;
    }
    String path = "src/test/java/io/kvorum/" + name.substring(0, hash).replace('.', '/') + ".java";
    for (String module : MODULES) {
      Path file = ROOT.resolve(module).resolve(path);
      if (Files.exists(file)) {
        return Files.readString(file).contains(" " + name.substring(hash + 1) + "(");
      }
    }
    return false;
  }
}
