package io.kvorum.node.server.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The flags of a program beside the member, which takes them from its command line alone.
///
/// @param program the first word of its command line; the second is `start`
/// @param purpose what it does, in one sentence
record FlagList(String program, String purpose, List<Flag<?>> flags) {

  FlagList {
    flags = List.copyOf(flags);
  }

  @Nullable Flag<?> find(String name) {
    for (Flag<?> flag : flags) {
      if (flag.name().equals(name)) {
        return flag;
      }
    }
    return null;
  }

  private Flag<?> named(String name) {
    Flag<?> flag = find(name);
    if (flag == null) {
      throw new IllegalArgumentException("no flag is named " + name);
    }
    return flag;
  }

  /// What a command line behind the program's name asks for.
  sealed interface Asked {
    record Help(String text) implements Asked {}

    record Start(Settings settings) implements Asked {}
  }

  Asked read(List<String> arguments) {
    if (arguments.isEmpty() || isHelp(arguments.getFirst())) {
      return new Asked.Help(help());
    }
    if (!arguments.getFirst().equals("start")) {
      throw StartFailure.configuration(
          "unknown command \"%s\" for \"%s\": there is %s start"
              .formatted(arguments.getFirst(), program, program));
    }
    CommandLine line = CommandLine.parse(arguments.subList(1, arguments.size()), this::find);
    return line.help()
        ? new Asked.Help(help())
        : new Asked.Start(Settings.gather(line.given(), this::named));
  }

  private static boolean isHelp(String word) {
    return word.equals("help") || word.matches("--?h(elp)?");
  }

  private String help() {
    var text = new StringBuilder(purpose).append("\n\nUsage:\n\n  kvorum ");
    text.append(program).append(" start [flags]\n");
    for (Group group : Group.values()) {
      List<Flag<?>> own = of(group);
      if (!own.isEmpty()) {
        text.append('\n').append(group.title()).append(":\n");
        own.forEach(flag -> HelpText.describe(flag, text));
      }
    }
    return text.toString();
  }

  List<Flag<?>> of(Group group) {
    return flags.stream().filter(flag -> flag.group() == group).toList();
  }
}
