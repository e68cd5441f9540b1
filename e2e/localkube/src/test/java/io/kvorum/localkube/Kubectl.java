package io.kvorum.localkube;

import io.kvorum.testkit.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A kubectl program that tests use.
///
/// @param minor the version after `1.`
record Kubectl(Path program, int minor) {

  private static final Duration FETCH_BOUND = Duration.ofMinutes(3);
  private static final Duration VERSION_BOUND = Duration.ofSeconds(30);
  private static final Pattern MINOR = Pattern.compile("GitVersion:\"v1\\.(\\d+)\\.");
  private static final Pattern NEWER_MINOR = Pattern.compile("Client Version: v1\\.(\\d+)\\.");

  /// From this version on it lets the server check fields, and hides managed fields.
  private static final int CURRENT = 24;

  /// Whether it speaks as those of today, or as Debian's 1.20.
  boolean isCurrent() {
    return minor >= CURRENT;
  }

  /// One program of each kind that can be had: the machine's `kubectl`, a second one named
  /// `kubectl-current`, and what Debian packages, which is fetched but not installed.
  static List<Kubectl> all() {
    var found = new ArrayList<Kubectl>();
    for (String name : List.of("kubectl", "kubectl-current")) {
      onPath(name).ifPresent(program -> addOther(found, program));
    }
    if (found.stream().allMatch(Kubectl::isCurrent)) {
      debian().ifPresent(program -> addOther(found, program));
    }
    if (found.isEmpty()) {
      throw new AssertionError("no kubectl on the PATH: install one");
    }
    return found;
  }

  private static void addOther(List<Kubectl> found, Path program) {
    var kubectl = new Kubectl(program, minorOf(program));
    if (found.stream().noneMatch(other -> other.isCurrent() == kubectl.isCurrent())) {
      found.add(kubectl);
    }
  }

  private static int minorOf(Path program) {
    Program.Result result =
        Program.command(program.toString(), "version", "--client").run(VERSION_BOUND);
    for (Pattern pattern : List.of(MINOR, NEWER_MINOR)) {
      Matcher version = pattern.matcher(result.output());
      if (version.find()) {
        return Integer.parseInt(version.group(1));
      }
    }
    throw new AssertionError(program + " tells no version: " + result.output() + result.errors());
  }

  private static Stream<Path> folders() {
    return Stream.of(System.getenv("PATH").split(":")).map(Path::of);
  }

  private static Optional<Path> onPath(String name) {
    return folders().map(folder -> folder.resolve(name)).filter(Files::isExecutable).findFirst();
  }

  /// The kubectl of Debian's package. Empty when the package can't be had and this is no CI run,
  /// where that is a failure.
  private static Optional<Path> debian() {
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

  /// Returns what went wrong, or "". A machine's package lists may be missing or too old.
  private static String fetch(Path folder) {
    try {
      Files.createDirectories(folder);
      Program.Result result =
          Program.command(
                  "sh",
                  "-c",
                  "fetch() { apt-get -q download kubernetes-client; };"
                      + " fetch || { apt-get -q update && fetch; } &&"
                      + " dpkg -x kubernetes-client_*.deb .")
              .in(folder)
              .run(FETCH_BOUND);
      return result.exitCode() == 0 ? "" : result.output() + result.errors();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + folder, e);
    }
  }
}
