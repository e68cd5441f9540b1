package io.kvorum.suite.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.suite.members.MemberCluster;
import io.kvorum.suite.members.Product;
import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// docs/http.md tells the truth: its commands, given to a shell in their order, print what stands
/// below them.
@Timeout(300)
final class HttpDocumentTest {

  private static final Duration BOUND = Duration.ofSeconds(20);
  private static final String FENCE = "```";
  private static final String PRINTED = "# ";

  /// A command of the page, and the lines below it.
  private record Shown(String command, List<String> lines) {
    /// Whether it goes on until somebody ends it.
    boolean isEndless() {
      return command.startsWith("curl -N ");
    }
  }

  @TempDir private Path folder;

  @Test
  void commandsOfThePage_printWhatItSays() throws IOException {
    List<Shown> all = shown();
    assertThat(all).hasSizeGreaterThan(20);
    try (var member = new MemberCluster(Product.KVORUM, folder, 1).start()) {
      for (Shown shown : all) {
        String command = onThis(member, shown.command());
        List<Pattern> expected =
            shown.lines().stream().map(line -> pattern(onThis(member, line))).toList();
        if (shown.isEndless()) {
          try (Program curl = Program.command("bash", "-c", "exec " + command).start()) {
            curl.awaitWhileAlive(shown.toString(), BOUND, () -> areFound(expected, curl.output()));
          }
        } else {
          Program.Result curl = Program.command("bash", "-c", command).run(BOUND);
          assertThat(curl.exitCode()).as("%s: %s", command, curl.errors()).isZero();
          assertThat(areFound(expected, curl.output()))
              .as("%s prints\n%s\nnot %s", command, curl.output(), shown.lines())
              .isTrue();
        }
      }
    }
  }

  /// The commands of the page but for the one that starts the member.
  private static List<Shown> shown() throws IOException {
    var all = new ArrayList<Shown>();
    var command = new StringBuilder();
    var lines = new ArrayList<String>();
    boolean inside = false;
    List<String> page = Files.readAllLines(ProjectRoot.find().resolve("docs/http.md"));
    for (String line : page) {
      boolean begins = line.startsWith("curl ");
      if ((begins || line.startsWith(FENCE)) && !command.isEmpty()) {
        all.add(new Shown(command.toString(), List.copyOf(lines)));
        command.setLength(0);
        lines.clear();
      }
      inside = line.startsWith(FENCE) ? !inside : inside;
      if (inside && line.startsWith(PRINTED)) {
        lines.add(line.substring(PRINTED.length()));
      } else if (inside && (begins || !command.isEmpty())) {
        command.append(line).append('\n');
      }
    }
    return all;
  }

  /// The page's member is one of this test.
  private static String onThis(MemberCluster member, String text) {
    String host = member.endpoints().substring(0, member.endpoints().lastIndexOf(':'));
    return text.replace("127.0.0.1", host).replace("infra1", "infra0");
  }

  private static Pattern pattern(String line) {
    return Pattern.compile(
        Stream.of(line.split("…", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
  }

  /// Whether lines of the output fit, in this order.
  private static boolean areFound(List<Pattern> expected, String output) {
    int next = 0;
    for (String line : output.lines().toList()) {
      if (next < expected.size() && expected.get(next).matcher(line).matches()) {
        next++;
      }
    }
    return next == expected.size();
  }
}
