package io.kvorum.localkube;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which state folder a command is about.
public final class StateOption {

  @Option(
      names = "--state-dir",
      paramLabel = "FOLDER",
      description =
          "Where everything is kept (default: KVORUM_STATE_DIR, else .kvorum beside the launcher).")
  private @Nullable Path stateDir;

  /// The folder, which may not exist yet.
  public StateFolder folder() {
    Path chosen = stateDir;
    if (chosen == null) {
      String named = System.getenv("KVORUM_STATE_DIR");
      chosen = named == null || named.isEmpty() ? root().resolve(".kvorum") : Path.of(named);
    }
    return new StateFolder(chosen.toAbsolutePath().normalize());
  }

  /// The project's folder, which the launcher names.
  public static Path root() {
    return Path.of(System.getProperty("kvorum.root", "")).toAbsolutePath().normalize();
  }
}
