package io.kvorum.suite.members;

import io.kvorum.testkit.Program;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Runs a script of etcdctl commands against one endpoint, and tells what each printed, without
/// what is different at each run: ids, durations, addresses.
///
/// One command a line. `NAME = command` keeps the id that is printed, for `$NAME` in later lines.
/// Behind `<<` stands what the command reads, with `\n` for an end of line.
final class EtcdctlScript {

  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final Pattern KEPT = Pattern.compile("([A-Z]) = (.*)");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
  private static final Pattern ID = Pattern.compile("\\b[0-9a-f]{14,16}\\b");

  private final List<String> global;
  private final String endpoint;
  private final Map<String, String> ids = new LinkedHashMap<>();

  /// @param global flags of every command
  EtcdctlScript(String endpoint, String... global) {
    this.endpoint = endpoint;
    this.global = List.of(global);
  }

  /// The commands of a script.
  static List<String> lines(String script) {
    return script.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
  }

  /// Exit code and output of one line.
  String run(String line) {
    Matcher kept = KEPT.matcher(line);
    boolean keeps = kept.matches();
    String[] parts = (keeps ? kept.group(2) : line).split(" << ", 2);
    String input = parts.length == 1 ? "" : parts[1].replace("\\n", "\n");
    Program.Result result =
        Program.command("etcdctl", "--endpoints=" + endpoint, "--command-timeout=20s")
            .with(global.toArray(String[]::new))
            .with(words(parts[0]).toArray(String[]::new))
            .environment("ETCDCTL_API", "3")
            .run(input.getBytes(StandardCharsets.UTF_8), BOUND);
    if (keeps) {
      Matcher id = ID.matcher(result.output());
      if (!id.find()) {
        throw new AssertionError(line + " printed no id: " + result.output() + result.errors());
      }
      ids.put("$" + kept.group(1), id.group());
    }
    return "exit " + result.exitCode() + "\n" + masked(result.output() + ownLines(result.errors()));
  }

  private List<String> words(String command) {
    var words = new ArrayList<String>();
    Matcher word = WORD.matcher(command);
    while (word.find()) {
      String text = word.group(1) != null ? word.group(1) : word.group(2);
      for (Map.Entry<String, String> id : ids.entrySet()) {
        text = text.replace(id.getKey(), id.getValue());
      }
      words.add(text);
    }
    return words;
  }

  /// Without the log of the client library.
  private static String ownLines(String errors) {
    return errors
        .lines()
        .filter(line -> !line.startsWith("{\"level\""))
        .reduce("", (all, line) -> all + line + "\n");
  }

  private String masked(String output) {
    String masked = output.replace(endpoint, "ENDPOINT");
    for (Map.Entry<String, String> id : ids.entrySet()) {
      masked = masked.replace(id.getValue(), id.getKey());
    }
    return ID.matcher(masked)
        .replaceAll("ID")
        .replaceAll("took = \\S+", "took = TIME")
        .replaceAll("remaining\\(9\\d\\ds\\)", "remaining(SECONDS)");
  }
}
