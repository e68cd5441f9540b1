package io.kvorum.localkube;

import io.kvorum.testkit.Await;
import io.kvorum.testkit.Golden;
import io.kvorum.testkit.Program;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Runs kubectl as golden scripts say.
///
/// - `kubectl ARGS`: runs it; the case's input is its standard input. Output, then errors.
/// - `until TEXT kubectl ARGS`: runs it again and again until its output has the text (`_` is a
///   blank, a leading `!` means: has it no more).
/// - `start NAME kubectl ARGS`: starts it in the background.
/// - `lines NAME COUNT`: waits for so many lines of its output, ends it, and prints them.
/// - `changes kubectl ARGS`: runs it, and of its output prints the changed lines of a diff alone. A
///   changed time is left out: two writes within a second have the same.
/// - `edit COMMAND ARGS`: runs `kubectl edit ARGS` with an editor that runs `sed -i COMMAND`.
///
/// What differs from run to run is printed as words: times, ages, identities, addresses. So is what
/// differs among current versions: since 1.34 a deletion names the namespace.
final class KubectlScript implements Golden.Interpreter {

  private static final Duration BOUND = Duration.ofSeconds(60);

  private final Path kubectl;
  private final Path kubeconfig;
  private final Map<String, Program> background = new HashMap<>();

  KubectlScript(Path kubectl, Path kubeconfig) {
    this.kubectl = kubectl;
    this.kubeconfig = kubeconfig;
  }

  @Override
  public String run(Golden.Case command) {
    return switch (command.name()) {
      case "kubectl" -> steady(all(execute(command.args(), command.input())));
      case "changes" -> changes(command);
      case "until" -> until(command.args());
      case "start" -> start(command.args());
      case "lines" -> lines(command.args().getFirst(), Integer.parseInt(command.args().get(1)));
      case "edit" -> edit(command.args());
      default -> throw new IllegalArgumentException(command.position() + ": unknown command");
    };
  }

  private Program.Launch launch(List<String> arguments) {
    var words = new ArrayList<String>();
    words.add(kubectl.toString());
    words.addAll(arguments);
    return Program.command(words)
        .environment("KUBECONFIG", kubeconfig.toString())
        .environment("HOME", kubeconfig.resolveSibling("home").toString());
  }

  private Program.Result execute(List<String> arguments, String input) {
    byte[] bytes = input.isEmpty() ? new byte[0] : (input + "\n").getBytes(StandardCharsets.UTF_8);
    return launch(arguments).run(bytes, BOUND);
  }

  private static String all(Program.Result result) {
    String errors = result.errors();
    String output = result.output() + (errors.isEmpty() ? "" : "stderr: " + errors);
    return result.exitCode() == 0 ? output : output + "exit code " + result.exitCode();
  }

  private String changes(Golden.Case command) {
    List<String> arguments = command.args().subList(1, command.args().size());
    return steady(all(execute(arguments, command.input())))
        .lines()
        .filter(line -> !line.startsWith(" ") && !line.startsWith("@@"))
        .filter(line -> !line.matches("[+-] *time: .*"))
        .collect(Collectors.joining("\n"));
  }

  private String until(List<String> arguments) {
    String wanted = arguments.getFirst().replace('_', ' ');
    boolean gone = wanted.startsWith("!");
    String text = gone ? wanted.substring(1) : wanted;
    List<String> command = arguments.subList(2, arguments.size());
    var last = new String[1];
    Await.until(
        String.join(" ", arguments) + " (last: " + last[0] + ")",
        BOUND,
        () -> {
          last[0] = all(execute(command, ""));
          return last[0].contains(text) != gone;
        });
    return "";
  }

  private String start(List<String> arguments) {
    List<String> command = arguments.subList(2, arguments.size());
    background.put(arguments.getFirst(), launch(command).start());
    return "";
  }

  private String lines(String name, int count) {
    try (Program program = background.remove(name)) {
      if (program == null) {
        throw new IllegalArgumentException("nothing is started as " + name);
      }
      Await.until(
          count + " lines of " + name + ", so far: " + program.output() + program.errors(),
          BOUND,
          () -> program.output().lines().count() >= count);
      return steady(String.join("\n", program.output().lines().limit(count).toList()));
    }
  }

  private String edit(List<String> arguments) {
    var command = new ArrayList<>(List.of("edit"));
    command.addAll(arguments.subList(1, arguments.size()));
    return steady(
        all(
            launch(command)
                .environment("KUBE_EDITOR", "sed -i " + arguments.getFirst())
                .run(BOUND)));
  }

  private static String steady(String text) {
    return text.replaceAll("\\d{4}-\\d{2}-\\d{2}T[\\d:.]+Z", "TIME")
        .replaceAll("\\w{3}, \\d{2} \\w{3} \\d{4} [\\d:]+ [+-]\\d{4}", "TIME")
        .replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID")
        .replaceAll("127\\.\\d+\\.\\d+\\.\\d+(:\\d{5})", "SERVER")
        .replaceAll("127\\.\\d+\\.\\d+\\.\\d+", "ADDRESS")
        .replaceAll("process://\\d+", "process://PID")
        .replaceAll("([Rr]esource ?[Vv]ersion: +)\"?\\d+\"?", "$1VERSION")
        .replaceAll("\"resourceVersion\": ?\"\\d+\"", "\"resourceVersion\": VERSION")
        .replaceAll("(?m)^(diff|---|\\+\\+\\+) .*\\n", "")
        .replaceAll("(web-)[0-9a-z]{5,8}(-[0-9a-z]{5})?\\b", "$1HASH")
        .replaceAll("(pod-template-hash=)\\w+", "$1HASH")
        .replaceAll("(?<![\\w.=-])(\\d+m)?\\d+[sm](?= ago|\\s|$)", "AGE")
        .replaceAll("(?m)(?<=\\S) {3,}", "   ")
        .replaceAll("(?m) deleted from \\S+ namespace$", " deleted")
        .replaceAll("(?m) +$", "");
  }
}
