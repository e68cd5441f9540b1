package io.kvorum.suite.walkthroughs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Golden;
import io.kvorum.testkit.Program;
import io.kvorum.testkit.ProjectRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Runs the script of a walkthrough: what it has its reader type on each machine, and what that
/// prints.
///
/// ```
/// machine NAME ADDRESS...    there is this machine; several addresses are the same
/// machine NAME same NAME     another window on the same machine, with a folder of its own
/// set NAME VARIABLE=VALUE    of the environment of its programs
/// port NAME PORT             where its member serves clients
/// file NAME PATH             writes the lines below into a file
/// procfile NAME              puts the project's Procfile there
/// start NAME                 starts the member by the command below
/// unit NAME FILE             starts it as the service's unit does, with an environment file
/// ready NAME...              waits until these serve
/// on NAME                    runs the commands below and shows what they print
/// let NAME VARIABLE          runs the command below until it succeeds; `{VARIABLE}` is what it printed
/// retry NAME                 the same, again until they succeed
/// begin NAME                 runs the command below beside the others
/// until NAME on NAME         runs the command below on the second until what was begun has printed
/// finished NAME              waits for the end of what was begun
/// waits NAME TEXT...         waits until the member has logged this
/// ended NAME                 waits until the member has ended by itself
/// stop NAME...               stops members
/// ```
///
/// `{id MEMBER}` in a command is the member's id. The clients take turns; what only reads is asked
/// by both, and both print the same.
final class Walkthrough implements Golden.Interpreter, AutoCloseable {

  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final Pattern ID = Pattern.compile("\\{id ([^}]+)}");
  private static final Pattern READING =
      Pattern.compile("\\betcdctl\\b.*\\b(member list|endpoint status|get|ls|cluster-health)\\b");
  private static final Pattern WRITING =
      Pattern.compile("\\b(put|set|rm|rmdir|mkdir|update|add|remove)\\b");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path UNIT = ProjectRoot.find().resolve("manifests/systemd/kvorum.service");

  private final Path folder;
  private final Map<String, Machine> machines = new LinkedHashMap<>();
  private final Map<String, Program> begun = new LinkedHashMap<>();
  private final Map<String, String> variables = new LinkedHashMap<>();

  /// Who comes next.
  private Client client = Client.ETCDCTL;

  private Walkthrough(Path folder) {
    this.folder = folder;
  }

  /// Runs a script of the resources and compares what it shows.
  static void run(String script, Path folder) throws Exception {
    Path file =
        ProjectRoot.find().resolve("e2e/suite/src/test/resources/walkthroughs").resolve(script);
    try (var walkthrough = new Walkthrough(folder)) {
      Golden.script(file, walkthrough);
    }
  }

  @Override
  public String run(Golden.Case step) throws IOException {
    List<String> args = step.args();
    if (step.name().equals("machine")) {
      String name = args.getFirst();
      machines.put(name, machine(name, args.subList(1, args.size())));
      return "";
    }
    Machine machine = machine(args.getFirst());
    return switch (step.name()) {
      case "set" -> {
        String[] variable = args.get(1).split("=", 2);
        machine.set(variable[0], here(machine, variable[1]));
        yield "";
      }
      case "port" -> {
        machine.serveAt(Integer.parseInt(args.get(1)));
        yield "";
      }
      case "file" -> {
        machine.write(args.get(1), here(machine, step.input()));
        yield "";
      }
      case "procfile" -> {
        Path procfile = ProjectRoot.find().resolve("Procfile");
        machine.write(
            "Procfile",
            here(machine, Files.readString(procfile)).replace("./kvorum", "kvorum").strip());
        yield "";
      }
      case "start" -> {
        machine.start(here(machine, step.input()));
        yield "";
      }
      case "unit" -> {
        machine.start(unit(machine, args.get(1)));
        yield "";
      }
      case "ready" -> {
        args.forEach(name -> machine(name).awaitHealthy());
        yield "";
      }
      case "on" -> asked(machine, here(machine, step.input()));
      case "let" -> {
        variables.put(args.get(1), retried(machine, here(machine, step.input())).output().strip());
        yield "";
      }
      case "retry" -> shown(retried(machine, here(machine, step.input())));
      case "begin" -> {
        begun.put(machine.name(), machine.begin(here(machine, step.input()), client));
        yield "";
      }
      default -> awaited(step, machine);
    };
  }

  private Machine machine(String name, List<String> addresses) throws IOException {
    Path disk = Files.createDirectory(folder.resolve(name));
    if (addresses.getFirst().equals("same")) {
      Machine same = machine(addresses.get(1));
      return new Machine(name, same.aliases(), same, disk);
    }
    return new Machine(name, addresses, null, disk);
  }

  private String awaited(Golden.Case step, Machine machine) throws IOException {
    return switch (step.name()) {
      case "finished" -> {
        Program program = started(step, machine);
        program.awaitExit(BOUND);
        yield there(Shown.of(program.output()));
      }
      case "until" -> {
        Program program = started(step, machine);
        Machine other = machine(step.args().get(2));
        var shown = new String[1];
        program.awaitWhileAlive(
            "something is printed",
            BOUND,
            () -> {
              shown[0] = shown(other.run(here(other, step.input()), client, BOUND));
              return !program.output().isEmpty();
            });
        yield shown[0];
      }
      case "waits" -> {
        String text = String.join(" ", step.args().subList(1, step.args().size()));
        machine.member().awaitLine(here(machine, text), BOUND);
        yield "";
      }
      case "ended" -> {
        int exitCode = machine.member().awaitExit(BOUND);
        yield "exit " + exitCode + "\n" + lastWords(machine);
      }
      case "stop" -> {
        step.args().forEach(name -> machine(name).stop());
        yield "";
      }
      default -> throw new IllegalArgumentException(step.position() + ": no such step");
    };
  }

  private Program started(Golden.Case step, Machine machine) {
    return Optional.ofNullable(begun.get(machine.name()))
        .orElseThrow(() -> new IllegalStateException(step.position() + ": none begun"));
  }

  private Machine machine(String name) {
    Machine machine = machines.get(name);
    if (machine == null) {
      throw new IllegalArgumentException("there is no machine " + name);
    }
    return machine;
  }

  private String here(Machine machine, String text) {
    String mapped = ID.matcher(text).replaceAll(found -> id(machine, found.group(1)));
    for (Map.Entry<String, String> variable : variables.entrySet()) {
      mapped = mapped.replace("{" + variable.getKey() + "}", variable.getValue());
    }
    for (Machine other : machines.values()) {
      for (String alias : other.aliases()) {
        mapped =
            alias.equals("127.0.0.1")
                ? mapped.replace(alias, other.address())
                : mapped.replaceAll(
                    "(?<![0-9])" + Pattern.quote(alias) + "(?![0-9])", other.address());
      }
    }
    return machine.here(mapped);
  }

  /// What was printed, on machines as the walkthrough calls them.
  private String there(String text) {
    String mapped = text;
    for (Map.Entry<String, String> variable : variables.entrySet()) {
      mapped = mapped.replace(variable.getValue(), "{" + variable.getKey() + "}");
    }
    for (Machine machine : machines.values()) {
      mapped = machine.there(mapped);
    }
    return mapped;
  }

  private static String id(Machine machine, String member) {
    String list = machine.run("ETCDCTL_API=3 etcdctl member list", Client.ETCDCTL, BOUND).output();
    Matcher line =
        Pattern.compile("(?m)^([0-9a-f]+), .*\\b" + Pattern.quote(member) + "\\b").matcher(list);
    if (!line.find()) {
      throw new IllegalStateException("no member " + member + " in\n" + list);
    }
    return line.group(1);
  }

  private String asked(Machine machine, String command) {
    client = client.other();
    String shown = shown(machine.run(command, client, BOUND));
    if (READING.matcher(command).find() && !WRITING.matcher(command).find()) {
      assertThat(shown(machine.run(command, client.other(), BOUND)))
          .as("%s by %s", command, client.other())
          .isEqualTo(shown);
    }
    return shown;
  }

  /// Output, then errors without the clients' logs, then the exit code unless it is 0.
  private String shown(Program.Result result) {
    var parts = new ArrayList<String>();
    parts.add(Shown.of(there(result.output())));
    parts.add(
        there(result.errors())
            .lines()
            .filter(line -> !line.matches("\\{.*|endpoint .*|"))
            .map(line -> Shown.of(line.replaceAll("^Error:  ", "Error: ")))
            .collect(Collectors.joining("\n")));
    parts.add(result.exitCode() == 0 ? "" : "exit " + result.exitCode());
    return parts.stream().filter(part -> !part.isEmpty()).collect(Collectors.joining("\n"));
  }

  private Program.Result retried(Machine machine, String command) {
    var last = new Program.Result[1];
    Await.until(
        command,
        BOUND,
        () -> {
          last[0] = machine.run(command, client, BOUND);
          return last[0].exitCode() == 0;
        });
    return last[0];
  }

  /// The error that a member ended with, if it did.
  private String lastWords(Machine machine) throws IOException {
    String words = "";
    for (String line : machine.member().errors().lines().toList()) {
      if (line.startsWith("{")) {
        JsonNode logged = JSON.readTree(line);
        words = logged.path("level").asText().equals("error") ? logged.path("msg").asText() : words;
      }
    }
    return Shown.of(there(words));
  }

  /// The command that the service's unit runs, with the variables that it sets and those of the
  /// file, read as systemd reads it.
  private static String unit(Machine machine, String environmentFile) throws IOException {
    var command = new StringBuilder("env");
    for (String line : Files.readAllLines(UNIT)) {
      if (line.startsWith("Environment=")) {
        command.append(" '").append(line.substring("Environment=".length())).append('\'');
      }
    }
    for (String line : Files.readAllLines(Path.of(machine.here(environmentFile)))) {
      Matcher variable = Pattern.compile("([A-Z0-9_]+)=\"?([^\"]*)\"?").matcher(line.strip());
      if (variable.matches()) {
        command.append(" '%s=%s'".formatted(variable.group(1), variable.group(2)));
      }
    }
    return command.append(" etcd").toString();
  }

  @Override
  public void close() {
    machines.values().forEach(Machine::close);
  }
}
