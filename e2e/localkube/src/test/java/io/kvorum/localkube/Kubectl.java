package io.kvorum.localkube;

import io.kvorum.testkit.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/// The kubectl programs that tests use: the machine's, and Debian's old one, fetched once.
final class Kubectl {

  private static final Duration FETCH_BOUND = Duration.ofMinutes(2);

  private Kubectl() {}

  /// The machine's own.
  static Path current() {
    return Stream.of(System.getenv("PATH").split(":"))
        .map(folder -> Path.of(folder, "kubectl"))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no kubectl on the PATH: install one"));
  }

  /// Debian's 1.20.2, from its package, which is fetched but not installed. Empty when the package
  /// can't be had and this is no CI run, where that is a failure.
  static Optional<Path> debian() {
    Path folder = Path.of("target", "kubectl-debian").toAbsolutePath();
    Path program = folder.resolve("usr/bin/kubectl");
    if (!Files.isExecutable(program)) {
      String failure = fetch(folder);
      if (!failure.isEmpty() && "true".equals(System.getenv("CI"))) {
        throw new AssertionError("cannot fetch Debian's kubectl: " + failure);
      }
      if (!failure.isEmpty()) {
        System.err.println("Debian's kubectl is not tested here: " + failure);
        return Optional.empty();
      }
    }
    return Optional.of(program);
  }

  /// Returns what went wrong, or "".
  private static String fetch(Path folder) {
    try {
      Files.createDirectories(folder);
      Program.Result result =
          Program.command(
                  "sh",
                  "-c",
                  "apt-get -q download kubernetes-client && dpkg -x kubernetes-client_*.deb .")
              .in(folder)
              .run(FETCH_BOUND);
      return result.exitCode() == 0 ? "" : result.output() + result.errors();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + folder, e);
    }
  }
}
