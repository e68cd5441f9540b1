package io.kvorum.node.ctl;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The client of API v2: what `ETCDCTL_API=2` turns this program into.
///
/// Flags stand where etcdctl's users of that time write them: those of the program before the
/// command, those of a command behind its words and before its arguments; `--` ends them. So an
/// argument may begin with a dash.
final class V2Ctl {

  private static final int WIDTH = 34;
  private static final List<String> USERS = List.of("user", "role", "auth");

  /// What `help` and `--help` are.
  private static final Flag HELP = Flag.toggle("help", "show this help").withLetter('h');

  private static final Flag VERSION = Flag.toggle("version", "print the version").withLetter('v');

  private static final List<V2Command> COMMANDS =
      Stream.of(
              V2KeyCommands.ALL,
              V2WatchCommands.ALL,
              V2MemberCommands.ALL,
              List.of(V2HealthCommand.CLUSTER_HEALTH, V2BackupCommand.BACKUP))
          .flatMap(List::stream)
          .toList();

  private V2Ctl() {}

  /// `words` are raw text, one character per byte.
  static ExitCode run(List<String> words, Console console) throws Output.Closed {
    try {
      var rest = new ArrayDeque<>(words);
      Flags globals = flags(V2Settings.FLAGS, rest);
      String path = path(rest);
      if (globals.on(VERSION.name())) {
        console.output().line("etcdctl version: " + MaintenanceCommands.ETCD_VERSION);
        console.output().line("API version: 2");
      } else if (globals.on(HELP.name()) || path.isEmpty()) {
        console.output().text(overview());
      } else {
        run(command(path), rest, globals, console);
      }
      return ExitCode.OK;
    } catch (Failure e) {
      console.output().flush();
      if (!e.text().isEmpty()) {
        console.errors().line("Error:  " + e.text());
      }
      return e.exitCode();
    } catch (Output.Closed e) {
      throw e;
    } catch (IOException e) {
      console.errors().line("Error:  " + e.getMessage());
      return ExitCode.ERROR;
    }
  }

  private static void run(V2Command command, Deque<String> rest, Flags globals, Console console)
      throws Failure, IOException {
    Flags flags = flags(command.flags(), rest);
    if (flags.on(HELP.name())) {
      console.output().text(help(command));
      return;
    }
    command
        .action()
        .run(
            new V2Invocation(
                V2Settings.of(globals, console), flags, new ArrayList<>(rest), console));
  }

  /// Takes the words of the command; `help` before them asks for help.
  private static String path(Deque<String> rest) {
    String path = "";
    while (!rest.isEmpty() && leads(join(path, rest.getFirst()))) {
      path = join(path, rest.removeFirst());
    }
    return path.isEmpty() && !rest.isEmpty() && !List.of("help", "h").contains(rest.getFirst())
        ? rest.removeFirst()
        : path;
  }

  private static String join(String path, String word) {
    return path.isEmpty() ? word : path + " " + word;
  }

  private static boolean leads(String path) {
    return COMMANDS.stream()
        .anyMatch(command -> command.path().equals(path) || command.path().startsWith(path + " "));
  }

  private static V2Command command(String path) throws Failure {
    for (V2Command command : COMMANDS) {
      if (command.path().equals(path)) {
        return command;
      }
    }
    if (USERS.contains(path)) {
      throw Failure.error(
          "API v2 has no users of its own here; those of API v3 hold for it: use ETCDCTL_API=3 "
              + path);
    }
    throw Failure.of(
        ExitCode.INVALID_INPUT,
        leads(path)
            ? path + " needs one of " + below(path)
            : "No help topic for '%s'; --help lists the commands".formatted(path));
  }

  private static List<String> below(String path) {
    return COMMANDS.stream()
        .map(V2Command::path)
        .filter(command -> command.startsWith(path + " "))
        .map(command -> command.substring(path.length() + 1))
        .toList();
  }

  /// Takes flags from the front, up to the first word that is none.
  private static Flags flags(List<Flag> known, Deque<String> rest) throws Failure {
    var all = new ArrayList<>(known);
    all.add(HELP);
    all.add(VERSION);
    var flags = new Flags(all);
    while (!rest.isEmpty() && rest.getFirst().startsWith("-") && rest.getFirst().length() > 1) {
      String word = rest.removeFirst();
      if (word.equals("--")) {
        return flags;
      }
      String bare = word.substring(word.startsWith("--") ? 2 : 1);
      int equals = bare.indexOf('=');
      String name = equals < 0 ? bare : bare.substring(0, equals);
      Flag flag = named(all, name);
      if (flag == null) {
        throw Failure.error("flag provided but not defined: -" + name);
      }
      if (equals >= 0) {
        flags.set(flag, bare.substring(equals + 1), "flag -" + name);
      } else if (flag.kind() == Flag.Kind.SWITCH) {
        flags.set(flag, "true", "flag -" + name);
      } else if (rest.isEmpty()) {
        throw Failure.error("flag needs an argument: -" + name);
      } else {
        flags.set(flag, rest.removeFirst(), "flag -" + name);
      }
    }
    return flags;
  }

  private static @Nullable Flag named(List<Flag> known, String name) {
    for (Flag flag : known) {
      if (flag.name().equals(name) || name.equals(Character.toString(flag.letter()))) {
        return flag;
      }
    }
    return null;
  }

  private static String overview() {
    var text = new StringBuilder();
    text.append("The client of API v2 (ETCDCTL_API=2) of a store cluster.\n\n");
    text.append("Usage: kvorum ctl [flags] <command> [flags of the command] [arguments]\n\n");
    for (V2Command command : COMMANDS) {
      appendRow(text, (command.path() + " " + command.arguments()).strip(), command.summary());
    }
    text.append("\nFlags, before the command (environment: ETCDCTL_ENDPOINTS and so on)\n");
    V2Settings.FLAGS.forEach(flag -> appendRow(text, flag.synopsis(), flag.help()));
    text.append(
        """

        Exit codes: 0 done, 1 bad arguments, 2 no connection, 3 no such command, 4 refused by the
        store, 5 the cluster is not well. 'kvorum ctl <command> --help' tells more about a command.
        """);
    return text.toString();
  }

  private static String help(V2Command command) {
    var text = new StringBuilder();
    text.append(command.path()).append(": ").append(command.summary()).append("\n\n");
    text.append("Usage: kvorum ctl ").append(command.path()).append(" [flags] ");
    text.append(command.arguments()).append('\n');
    if (!command.flags().isEmpty()) {
      text.append("\nFlags, before the arguments\n");
      command.flags().forEach(flag -> appendRow(text, flag.synopsis(), flag.help()));
    }
    return text.toString();
  }

  private static void appendRow(StringBuilder text, String left, String right) {
    text.append("  ").append(left).append(" ".repeat(Math.max(2, WIDTH - left.length())));
    text.append(right).append('\n');
  }
}
