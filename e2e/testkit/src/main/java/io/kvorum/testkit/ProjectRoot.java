package io.kvorum.testkit;

import java.nio.file.Files;
import java.nio.file.Path;

/// The folder of the whole project, wherever a test runs.
public final class ProjectRoot {

  private ProjectRoot() {}

  /// The folder that holds the launcher: the build names it, an IDE leaves it to be searched
  /// upwards.
  public static Path find() {
    String named = System.getProperty("kvorum.root");
    Path at = Path.of(named == null ? "" : named).toAbsolutePath();
    while (at != null && !Files.exists(at.resolve("kvorum"))) {
      at = at.getParent();
    }
    if (at == null) {
      throw new IllegalStateException("no folder with the launcher 'kvorum' at or above " + named);
    }
    return at;
  }
}
