package io.kvorum.suite.members;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Runs a script of etcdctl commands against one endpoint, and tells what each printed, without
/// what is different at each run: ids, durations, addresses.
///
/// One command a line. Behind `<<` stands what the command reads, with `\n` for an end of line.
///
/// - `X = command` keeps the id that is printed last, for `$X` in later lines
/// - `all: command` goes to all endpoints instead of one
/// - `until 'pattern': command` repeats it until exit code and output fit
/// - `start X = command` leaves it running, `read X n` waits for n more lines of it, `stop X`
///   interrupts it and tells the rest
final class EtcdctlScript implements AutoCloseable {

  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final Pattern KEPT = Pattern.compile("([A-Z]) = (.*)");
  private static final Pattern UNTIL = Pattern.compile("until '([^']*)': (.*)");
  private static final Pattern STARTED = Pattern.compile("start ([A-Z]) = (.*)");
  private static final Pattern READ = Pattern.compile("read ([A-Z]) (\\d+)");
  private static final Pattern STOPPED = Pattern.compile("stop ([A-Z])");
  private static final String ALL = "all: ";
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
  private static final Pattern ID = Pattern.compile("\\b[0-9a-f]{12,16}\\b");

  /// What is different at each run, and what stands for it.
  private record Mask(Pattern pattern, String instead) {
    Mask(String pattern, String instead) {
      this(Pattern.compile(pattern), instead);
    }
  }

  private static final List<Mask> MASKS =
      List.of(
          new Mask(ID, "ID"),
          new Mask(
              "(\"(?:raft_term|RaftTerm|raftTerm|RaftIndex|raftIndex|RaftAppliedIndex"
                  + "|raftAppliedIndex|DBSize|dbSize|DBSizeInUse|dbSizeInUse|hash|Hash|totalSize"
                  + "|totalKey|ttl)\" ?: ?)\\d+",
              "$1NUMBER"),
          new Mask("\\b\\d{16,20}\\b", "NUMBER"),
          new Mask("127(\\.\\d+){3}", "ADDRESS"),
          new Mask("infra\\d", "infraN"),
          new Mask("(?<=[\" ,])3\\.\\d+\\.\\d+\\b", "VERSION"),
          new Mask("\\b[\\d.]+ [kM]?B\\b", "SIZE"),
          new Mask("\\b[\\d.]+(m|µ)?s\\b(?!\\))", "TIME"),
          new Mask("remaining\\(9\\d\\ds\\)", "remaining(SECONDS)"),
          // Term and indexes of a member; the hash of a store or file with its number of keys.
          new Mask("((true|false),? +\\|? *)\\d+(,| \\|) +\\d+(,| \\|) +\\d+", "$1INDEXES"),
          new Mask("(2379(?:,| \\|) +)\\d{7,10}\\b", "$1HASH"),
          new Mask("(?m)^(\\| )?[0-9a-f]{6,8}(,| \\|) +(\\d+)(,| \\|) +\\d+", "$1HASH$2 $3$4 KEYS"),
          // The width of ids and columns.
          new Mask(" +(ID|\\$[A-Z])", " $1"),
          new Mask("--+", "-"),
          new Mask(" +\\|", " |"),
          new Mask("\\| +", "| "));

  private static final Pattern INITIAL_CLUSTER =
      Pattern.compile("(ETCD_INITIAL_CLUSTER=\")([^\"]*)");

  private final String endpoint;
  private final String endpoints;
  private final List<String> global;

  /// What stands for `$X`.
  private final Map<String, String> names = new LinkedHashMap<>();

  private final Map<String, Running> running = new LinkedHashMap<>();

  /// A command that was left running, and how many lines of it were told.
  private static final class Running {
    private final Program program;
    private int told;

    Running(Program program) {
      this.program = program;
    }
  }

  /// @param global flags of every command
  EtcdctlScript(String endpoint, String... global) {
    this(endpoint, endpoint, List.of(global));
  }

  /// @param endpoint of a command that says nothing else
  /// @param endpoints of a command to all
  EtcdctlScript(String endpoint, String endpoints, List<String> global) {
    this.endpoint = endpoint;
    this.endpoints = endpoints;
    this.global = List.copyOf(global);
  }

  /// Makes `$name` stand for a text.
  EtcdctlScript name(String name, String text) {
    names.put("$" + name, text);
    return this;
  }

  /// The commands of a script.
  static List<String> lines(String script) {
    return script.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
  }

  /// What came of one line.
  String run(String line) {
    Matcher started = STARTED.matcher(line);
    if (started.matches()) {
      Program program = launch(started.group(2)).start();
      program.write(input(started.group(2)));
      running.put(started.group(1), new Running(program));
      return "";
    }
    Matcher read = READ.matcher(line);
    if (read.matches()) {
      return read(running(read.group(1)), Integer.parseInt(read.group(2)));
    }
    Matcher stopped = STOPPED.matcher(line);
    if (stopped.matches()) {
      return stop(stopped.group(1));
    }
    Matcher until = UNTIL.matcher(line);
    return until.matches() ? until(Pattern.compile(until.group(1)), until.group(2)) : once(line);
  }

  private String once(String line) {
    Matcher kept = KEPT.matcher(line);
    String command = kept.matches() ? kept.group(2) : line;
    Program.Result result = launch(command).run(input(command), BOUND);
    if (kept.matches()) {
      Matcher id = ID.matcher(result.output());
      if (!id.find()) {
        throw new AssertionError(line + " printed no id: " + result.output() + result.errors());
      }
      names.put("$" + kept.group(1), id.group());
    }
    String output = command.contains("-w protobuf") ? message(result.rawOutput()) : result.output();
    String told = masked(output + ownLines(result.errors()));
    return "exit " + result.exitCode() + "\n" + (isInAnyOrder(command) ? sorted(told) : told);
  }

  private String until(Pattern pattern, String command) {
    var last = new AtomicReference<String>("");
    Await.until(
        command + " prints " + pattern,
        BOUND,
        () -> {
          last.set(once(command));
          return pattern.matcher(last.get()).find();
        });
    return last.get();
  }

  private static byte[] input(String command) {
    String[] parts = command.split(" << ", 2);
    String text = parts.length == 1 ? "" : parts[1].replace("\\n", "\n");
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Program.Launch launch(String line) {
    boolean toAll = line.startsWith(ALL);
    String command = line.substring(toAll ? ALL.length() : 0).split(" << ", 2)[0];
    return Program.command(
            "etcdctl", "--endpoints=" + (toAll ? endpoints : endpoint), "--command-timeout=20s")
        .with(global.toArray(String[]::new))
        .with(words(command).toArray(String[]::new))
        .environment("ETCDCTL_API", "3");
  }

  private List<String> words(String command) {
    var words = new ArrayList<String>();
    Matcher word = WORD.matcher(command);
    while (word.find()) {
      String text = word.group(1) != null ? word.group(1) : word.group(2);
      for (Map.Entry<String, String> name : names.entrySet()) {
        text = text.replace(name.getKey(), name.getValue());
      }
      words.add(text);
    }
    return words;
  }

  // ---- Commands that are left running

  private Running running(String name) {
    Running found = running.get(name);
    if (found == null) {
      throw new IllegalArgumentException("no command " + name + " was started");
    }
    return found;
  }

  private String read(Running command, int count) {
    int wanted = command.told + count;
    command.program.awaitWhileAlive(
        wanted + " lines", BOUND, () -> command.program.output().lines().count() >= wanted);
    List<String> lines = command.program.output().lines().toList();
    List<String> more = lines.subList(command.told, wanted);
    command.told = wanted;
    return masked(String.join("\n", more) + "\n");
  }

  private String stop(String name) {
    Running command = running(name);
    running.remove(name);
    try (Program program = command.program) {
      program.signal("INT");
      int exit = program.awaitExit(BOUND);
      List<String> lines = program.output().lines().toList();
      String rest = String.join("\n", lines.subList(command.told, lines.size()));
      return "exit " + exit + "\n" + masked(rest + ownLines(program.errors()));
    }
  }

  // ---- What is told

  /// The order of members is that of their ids, which are others at each run.
  private static boolean isInAnyOrder(String command) {
    return command.contains("endpoint ")
        || command.contains("member list")
        || command.contains("defrag");
  }

  private static String sorted(String text) {
    return String.join("\n", text.lines().sorted().toList()) + "\n";
  }

  /// A message of protobuf without its header.
  private static String message(String raw) {
    try {
      UnknownFieldSet all = UnknownFieldSet.parseFrom(raw.getBytes(StandardCharsets.ISO_8859_1));
      return UnknownFieldSet.newBuilder(all).clearField(1).build().toString();
    } catch (InvalidProtocolBufferException e) {
      return raw;
    }
  }

  /// Without the log of the client library.
  private static String ownLines(String errors) {
    return errors
        .lines()
        .filter(line -> !line.startsWith("{\"level\""))
        .reduce("", (all, line) -> all + line + "\n");
  }

  private String masked(String output) {
    String masked = output.replace(endpoint, "ADDRESS:2379");
    for (Map.Entry<String, String> name : names.entrySet()) {
      masked = masked.replace(name.getValue(), name.getKey());
    }
    for (Mask mask : MASKS) {
      masked = mask.pattern().matcher(masked).replaceAll(mask.instead());
    }
    return INITIAL_CLUSTER
        .matcher(masked)
        .replaceAll(found -> found.group(1) + sortedWords(found.group(2)));
  }

  private static String sortedWords(String list) {
    return Stream.of(list.split(",", -1)).sorted().collect(Collectors.joining(","));
  }

  @Override
  public void close() {
    running.values().forEach(command -> command.program.close());
  }
}
