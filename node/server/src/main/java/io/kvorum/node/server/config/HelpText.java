package io.kvorum.node.server.config;

import java.util.ArrayList;
import java.util.List;

/// What `--help` prints: usage, the flags under etcd's headings, and the exit codes.
final class HelpText {

  private static final int WIDTH = 96;

  private HelpText() {}

  static String text() {
    var text = new StringBuilder(usage());
    for (Group group : Group.values()) {
      text.append('\n').append(group.title()).append(":\n");
      current(group).forEach(flag -> describe(flag, text));
    }
    text.append("\nOld names (accepted with a warning):\n");
    wrap(String.join(", ", oldNames()))
        .forEach(line -> text.append("  ").append(line).append('\n'));
    text.append("\nExit codes:\n");
    for (ExitCode code : ExitCode.values()) {
      List<String> lines = wrap(code.meaning());
      text.append("  %2d  %s%n".formatted(code.code(), lines.getFirst()));
      lines.stream().skip(1).forEach(line -> text.append("      ").append(line).append('\n'));
    }
    return text.toString();
  }

  private static String usage() {
    return """
    Usage:

      kvorum node [flags]
        Run a member of a store cluster.

      kvorum node --version
        Print the version.

      kvorum node -h | --help
        Print this help.

      kvorum node --config-file <path>
        Run with the configuration in a YAML file; other flags and variables are then ignored.

    Every flag takes one dash or two. Its environment variable is ETCD_ and its name in upper case
    with underscores: ETCD_DATA_DIR for --data-dir. The flag wins over the variable.
    """;
  }

  static void describe(Flag<?> flag, StringBuilder text) {
    text.append("  --").append(flag.name()).append(' ').append(defaultOf(flag)).append('\n');
    wrap(flag.help()).forEach(line -> text.append("    ").append(line).append('\n'));
  }

  static String defaultOf(Flag<?> flag) {
    return "'" + flag.defaultText() + "'";
  }

  static List<Flag<?>> current(Group group) {
    var flags = new ArrayList<Flag<?>>();
    for (Flag<?> flag : FlagTable.all()) {
      if (flag.group() == group && !LegacyFlags.ALL.contains(flag)) {
        flags.add(flag);
      }
    }
    return flags;
  }

  private static List<String> oldNames() {
    return LegacyFlags.ALL.stream().map(flag -> "--" + flag.name()).toList();
  }

  private static List<String> wrap(String sentence) {
    var lines = new ArrayList<String>();
    var line = new StringBuilder();
    for (String word : sentence.split(" ", -1)) {
      if (line.length() > 0 && line.length() + 1 + word.length() > WIDTH) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.length() == 0 ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
