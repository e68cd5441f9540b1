package io.kvorum.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A server program that takes part in a comparison.
///
/// @param command the program and its first arguments; etcd's flags follow
record Contender(String name, List<String> command) {

  /// `etcd` (from the PATH), `kvorum` (of this project), or `NAME=PROGRAM`.
  static Contender parse(String text) {
    int equals = text.indexOf('=');
    if (equals > 0) {
      return new Contender(text.substring(0, equals), List.of(text.substring(equals + 1)));
    }
    return switch (text) {
      case "etcd" -> new Contender(text, List.of("etcd"));
      case "kvorum" -> new Contender(text, List.of(launcher().toString(), "node"));
      default ->
          throw new IllegalArgumentException(
              "--systems: '%s' is unknown; write etcd, kvorum or NAME=PROGRAM".formatted(text));
    };
  }

  /// The project's folder: named by the launcher, else searched upwards from the working folder.
  static Path projectRoot() {
    Path at = Path.of(System.getProperty("kvorum.root", "")).toAbsolutePath();
    while (at != null && !Files.isExecutable(at.resolve("kvorum"))) {
      at = at.getParent();
    }
    if (at == null) {
      throw new IllegalStateException("the launcher 'kvorum' is in no folder above this one");
    }
    return at;
  }

  private static Path launcher() {
    return projectRoot().resolve("kvorum");
  }
}
