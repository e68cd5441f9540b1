package io.kvorum.node.ctl;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads command lines by the rules of etcdctl's users: flags stand anywhere, before or behind the
/// command's words; `--name value`, `--name=value`, `-w value`, `-wvalue`; `--` ends the flags.
///
/// Words are raw text, one character per byte.
final class Parser {

  /// What a command line asks for.
  sealed interface Request {
    record Run(CommandLine line) implements Request {}

    /// Help on a command or group; an empty path asks for the overview.
    record Help(String path) implements Request {}
  }

  private record Setting(Flag flag, String value, String shownAs) {}

  private static final Flag HELP = Flag.toggle("help", "show this help").withLetter('h');

  private final List<Command> commands;
  private final List<Flag> globals;
  private final Map<String, Flag> byName = new HashMap<>();
  private final Map<Character, Flag> byLetter = new HashMap<>();

  /// A parser of these commands; the global flags go with each of them.
  Parser(List<Command> commands, List<Flag> globals) {
    this.commands = List.copyOf(commands);
    this.globals = globals;
    learn(HELP);
    globals.forEach(this::learn);
    commands.forEach(command -> command.flags().forEach(this::learn));
  }

  private void learn(Flag flag) {
    byName.putIfAbsent(flag.name(), flag);
    if (flag.letter() != Flag.NO_LETTER) {
      byLetter.put(flag.letter(), flag);
    }
  }

  /// The flag of a name: what the command behind the words takes, if they name one already. Before
  /// them a name means what it means to most.
  private @Nullable Flag flag(String name, List<String> plain) {
    String path = "";
    for (String word : plain) {
      path = join(path, word);
      for (Command command : commands) {
        if (command.path().equals(path)) {
          for (Flag flag : command.flags()) {
            if (flag.name().equals(name)) {
              return flag;
            }
          }
        }
      }
    }
    return byName.get(name);
  }

  List<Command> commands() {
    return commands;
  }

  Request parse(List<String> words) throws Failure {
    var settings = new ArrayList<Setting>();
    var plain = new ArrayList<String>();
    var rest = new ArrayDeque<>(words);
    boolean dashed = false;
    while (!rest.isEmpty() && !dashed) {
      String word = rest.removeFirst();
      if (word.equals("--")) {
        dashed = true;
      } else if (word.startsWith("--")) {
        settings.add(longFlag(word, rest, plain));
      } else if (word.startsWith("-") && word.length() > 1) {
        shortFlags(word, rest, settings);
      } else {
        plain.add(word);
      }
    }
    return request(settings, plain, List.copyOf(rest));
  }

  private Request request(List<Setting> settings, List<String> plain, List<String> behindDash)
      throws Failure {
    boolean help = settings.stream().anyMatch(setting -> setting.flag().equals(HELP));
    if (!plain.isEmpty() && plain.getFirst().equals("help")) {
      help = true;
      plain.removeFirst();
    }
    int words = 0;
    String path = "";
    for (String next = word(path, plain, 0); !next.isEmpty(); next = word(path, plain, words)) {
      path = join(path, next);
      words++;
    }
    for (Command command : commands) {
      if (command.path().equals(path)) {
        return help
            ? new Request.Help(path)
            : run(command, settings, plain.subList(words, plain.size()), behindDash);
      }
    }
    if (words < plain.size()) {
      throw Failure.error(
          "unknown command %s for \"%s\"; see '%s --help'"
              .formatted(
                  GoText.quote(Flags.bytes(plain.get(words))),
                  join(Help.PROGRAM, path),
                  join(Help.PROGRAM, path)));
    }
    return new Request.Help(path);
  }

  private static String join(String path, String word) {
    return path.isEmpty() ? word : word.isEmpty() ? path : path + " " + word;
  }

  /// The word of a command that is meant at a place: that one, or the only one that begins so; ""
  /// if there is none.
  private String word(String path, List<String> plain, int at) {
    if (at >= plain.size() || plain.get(at).isEmpty()) {
      return "";
    }
    String given = plain.get(at);
    List<String> beginSo =
        commands.stream()
            .flatMap(command -> wordBehind(path, command.path()).stream())
            .filter(word -> word.startsWith(given))
            .distinct()
            .toList();
    return beginSo.contains(given) ? given : beginSo.size() == 1 ? beginSo.getFirst() : "";
  }

  private static Optional<String> wordBehind(String path, String command) {
    String start = path.isEmpty() ? "" : path + " ";
    return command.startsWith(start)
        ? Optional.of(command.substring(start.length()).split(" ", 2)[0])
        : Optional.empty();
  }

  private Request run(
      Command command, List<Setting> settings, List<String> plain, List<String> behindDash)
      throws Failure {
    var allowed = new ArrayList<>(command.flags());
    allowed.addAll(globals);
    var flags = new Flags(allowed);
    for (Setting setting : settings) {
      Flag flag =
          allowed.stream()
              .filter(candidate -> candidate.name().equals(setting.flag().name()))
              .findFirst()
              .orElseThrow(() ->
                  Failure.error(
                      "unknown flag: --%s is no flag of \"%s\""
                          .formatted(setting.flag().name(), command.path())));
      flags.set(flag, setting.value(), setting.shownAs());
    }
    var arguments = new ArrayList<>(plain.stream().map(Flags::bytes).toList());
    int beforeDash = arguments.size();
    behindDash.forEach(word -> arguments.add(Flags.bytes(word)));
    return new Request.Run(new CommandLine(command, flags, arguments, beforeDash));
  }

  private Setting longFlag(String word, Deque<String> rest, List<String> plain) throws Failure {
    int equals = word.indexOf('=');
    String name = equals < 0 ? word.substring(2) : word.substring(2, equals);
    Flag flag = flag(name, plain);
    if (flag == null) {
      throw Failure.error(
          "unknown flag: --%s; see '%s --help'"
              .formatted(Flags.bytes(name).toStringUtf8(), Help.PROGRAM));
    }
    String shownAs = "\"--" + name + "\" flag";
    if (equals >= 0) {
      return new Setting(flag, word.substring(equals + 1), shownAs);
    }
    if (flag.kind() == Flag.Kind.SWITCH) {
      return new Setting(flag, "true", shownAs);
    }
    if (rest.isEmpty()) {
      throw Failure.error("flag needs an argument: --" + name);
    }
    return new Setting(flag, rest.removeFirst(), shownAs);
  }

  /// A bundle of letters, as `-i` or `-wjson`; the first that takes a value takes the rest.
  private void shortFlags(String word, Deque<String> rest, List<Setting> settings) throws Failure {
    for (int at = 1; at < word.length(); at++) {
      char letter = word.charAt(at);
      Flag flag = byLetter.get(letter);
      if (flag == null) {
        throw Failure.error(
            "unknown shorthand flag: '%c' in %s (write -- before arguments that begin with -)"
                .formatted(letter, Flags.bytes(word).toStringUtf8()));
      }
      String shownAs = "\"-" + letter + ", --" + flag.name() + "\" flag";
      String tail = word.substring(at + 1);
      if (tail.startsWith("=")) {
        settings.add(new Setting(flag, tail.substring(1), shownAs));
        return;
      }
      if (flag.kind() != Flag.Kind.SWITCH) {
        if (tail.isEmpty() && rest.isEmpty()) {
          throw Failure.error("flag needs an argument: '%c' in %s".formatted(letter, word));
        }
        settings.add(new Setting(flag, tail.isEmpty() ? rest.removeFirst() : tail, shownAs));
        return;
      }
      settings.add(new Setting(flag, "true", shownAs));
    }
  }
}
