package io.kvorum.node.ctl;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.EtcdServer;
import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Runs the same command lines with this client and with the machine's own etcdctl, each against an
/// etcd of its own, and compares output, errors and exit code byte for byte.
///
/// A script (`src/test/stock/*.txt`) holds one command line per line, quoted as in a shell. `<`
/// before a word in quotes feeds the command's standard input, `NAME=value` words before the
/// command set its environment, `> X` keeps the first hexadecimal id of the output as `$X`. What
/// differs between two clusters (ids, terms, sizes, times) is masked in both.
final class StockEtcdctlTest {

  private static final Duration BOUND = Duration.ofSeconds(20);

  @TempDir private Path folder;

  @TestFactory
  Stream<DynamicTest> sameAsStock() throws IOException {
    Path scripts = ProjectRoot.find().resolve("node/ctl/src/test/stock");
    List<Path> files;
    try (Stream<Path> listed = Files.list(scripts)) {
      files = listed.sorted().toList();
    }
    assertThat(files).isNotEmpty();
    return files.stream()
        .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> compare(file)));
  }

  private void compare(Path file) throws Exception {
    Path data = Files.createDirectory(folder.resolve(file.getFileName()));
    try (var stockServer = new EtcdServer(Files.createDirectory(data.resolve("stock")));
        var ourServer = new EtcdServer(Files.createDirectory(data.resolve("ours")))) {
      var stock = new Side(stockServer, true);
      var ours = new Side(ourServer, false);
      var different = new ArrayList<String>();
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        String expected = stock.run(line);
        String actual = ours.run(line);
        if (!actual.equals(expected)) {
          different.add(line + "\n-- etcdctl\n" + expected + "-- ours\n" + actual);
        }
      }
      assertThat(different).isEmpty();
    }
  }

  /// One of the two programs with its server and the ids it has learned.
  private static final class Side {

    private final EtcdServer server;
    private final boolean stock;
    private final Map<String, String> ids = new HashMap<>();

    Side(EtcdServer server, boolean stock) {
      this.server = server;
      this.stock = stock;
    }

    String run(String line) throws Exception {
      String raw = new String(line.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      var words = new ArrayList<>(Words.split(raw));
      String keepAs = "";
      if (words.size() > 2 && words.get(words.size() - 2).equals(">")) {
        keepAs = words.removeLast();
        words.removeLast();
      }
      String input = "";
      if (words.contains("<")) {
        int at = words.indexOf("<");
        input = words.get(at + 1);
        words.subList(at, at + 2).clear();
      }
      var environment = new HashMap<String, String>();
      environment.put("ETCDCTL_ENDPOINTS", server.endpoint());
      while (words.getFirst().matches("[A-Z_]+=.*")) {
        String[] pair = words.removeFirst().split("=", 2);
        environment.put(pair[0], pair[1]);
      }
      ids.forEach((name, id) -> words.replaceAll(word -> word.replace("$" + name, id)));
      words.replaceAll(word -> word.replace("$ENDPOINT", server.endpoint()));
      CommandRun run = run(words, input, environment);
      if (!keepAs.isEmpty()) {
        ids.put(keepAs, firstId(run.output()));
      }
      return masked(run);
    }

    private CommandRun run(List<String> words, String input, Map<String, String> environment) {
      if (!stock) {
        environment.values().removeIf(String::isEmpty);
        return CommandRun.of(words, input, environment);
      }
      // The words pass through a shell's printf, because the JVM would decode and encode them.
      var script = new StringBuilder("exec etcdctl");
      for (String word : words) {
        script.append(" \"$(printf '").append(octal(word)).append("')\"");
      }
      Program.Launch launch = Program.command("sh", "-c", script.toString());
      environment.forEach(launch::environment);
      Program.Result result = launch.run(input.getBytes(StandardCharsets.ISO_8859_1), BOUND);
      return new CommandRun(result.exitCode(), result.rawOutput(), result.rawErrors());
    }

    private static String octal(String word) {
      var text = new StringBuilder();
      word.chars().forEach(c -> text.append("\\%03o".formatted(c)));
      return text.toString();
    }

    private static String firstId(String output) {
      var id = Pattern.compile("\\b[0-9a-f]{13,16}\\b").matcher(output);
      assertThat(id.find()).as("an id in: " + output).isTrue();
      return id.group();
    }

    private String masked(CommandRun run) {
      String errors =
          run.errors()
              .lines()
              .filter(line -> !line.startsWith("{\"level\":\"warn\""))
              .filter(line -> !line.contains("stty: "))
              .filter(line -> !line.startsWith("endpoint 127.0.0.1:1: "))
              .reduce("", (all, line) -> all + line + "\n");
      return mask(run.output()) + "[errors]\n" + mask(errors) + "[exit " + run.exitCode() + "]\n";
    }

    private String mask(String text) {
      return initialClusterSorted(text)
          .replace(server.endpoint().substring(0, server.endpoint().indexOf(':')), "ADDRESS")
          .replaceAll("\\b\\d{16,20}\\b", "NUMBER")
          .replaceAll("\\b[0-9a-f]{13,16}\\b", "ID")
          .replaceAll("\\d+(\\.\\d+)?(ms|µs|Âµs|s)\\b(?!\\))", "TIME")
          .replaceAll("\"raft(AppliedIndex|Index|Term|_term)\":\\d+", "\"raft$1\":N")
          .replaceAll("\"Raft(AppliedIndex|Index|Term)\" : \\d+", "\"Raft$1\" : N")
          .replaceAll(" +\\d+ kB", " SIZE")
          .replaceAll("(dbSize|dbSizeInUse)\":\\d+", "$1\":N")
          .replaceAll("(DBSize|Hash)\" : \\d+", "$1\" : N")
          .replaceAll("\"hash\":\\d+", "\"hash\":N")
          .replaceAll("(\"ttl\":|\"TTL\" : |remaining\\()9\\d", "$1N")
          .replaceAll("(?m)^\\+[-+]+$", "+-+")
          .replaceAll(" {2,}", " ");
    }

    /// Members stand in the order of their ids, which are others in the other cluster.
    private static String initialClusterSorted(String text) {
      return Pattern.compile("(?<=ETCD_INITIAL_CLUSTER=\")[^\"]*")
          .matcher(text)
          .replaceAll(
              list -> Stream.of(list.group().split(",", -1)).sorted().collect(joining(",")));
    }
  }
}
