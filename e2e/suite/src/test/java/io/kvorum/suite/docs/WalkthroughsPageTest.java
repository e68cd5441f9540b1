package io.kvorum.suite.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/walkthroughs.md names tests and scripts that exist, every script, and errors that the
/// scripts show.
final class WalkthroughsPageTest {

  private static final Path ROOT = ProjectRoot.find();
  private static final Path SCRIPTS = ROOT.resolve("e2e/suite/src/test/resources/walkthroughs");
  private static final Pattern TEST = Pattern.compile("`(suite\\.[\\w.]+#\\w+)`");
  private static final Pattern SCRIPT = Pattern.compile("`([a-z-]+\\.txt)`");

  private static String page() throws IOException {
    return Files.readString(ROOT.resolve("docs/walkthroughs.md"));
  }

  private static List<String> named(Pattern pattern) throws IOException {
    try (Stream<MatchResult> found = pattern.matcher(page()).results()) {
      return found.map(result -> result.group(1)).toList();
    }
  }

  @Test
  void tests_exist() throws IOException {
    assertThat(named(TEST)).hasSizeGreaterThan(5);
    for (String test : named(TEST)) {
      assertThat(NamedTests.exists(test)).as(test).isTrue();
    }
  }

  @Test
  void scripts_areAllNamed() throws IOException {
    try (Stream<Path> files = Files.list(SCRIPTS)) {
      assertThat(named(SCRIPT))
          .containsExactlyInAnyOrderElementsOf(
              files.map(file -> file.getFileName().toString()).toList());
    }
  }

  @Test
  void errors_areShownByAScript() throws IOException {
    var scripts = new StringBuilder();
    try (Stream<Path> files = Files.list(SCRIPTS)) {
      for (Path file : files.toList()) {
        scripts.append(Files.readString(file));
      }
    }
    for (String error :
        List.of(
            "this port is for members (--listen-peer-urls), which serve clients on another one"
                + " (--listen-client-urls)",
            "108: Directory not empty (/testdir)",
            "100: Key not found (/hello)",
            "Procfile has no member etcd4; it has etcd1 etcd2 etcd3",
            "couldn't find local name \"etcd1\" in the initial cluster configuration",
            "member peer urls not provided",
            "URL address does not have the form \"host:port\"")) {
      assertThat(page()).contains(error);
      assertThat(scripts.toString()).contains(error);
    }
  }
}
