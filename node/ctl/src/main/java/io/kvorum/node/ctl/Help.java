package io.kvorum.node.ctl;

import java.util.List;

/// The help texts: the overview, a group of commands, one command.
final class Help {

  static final String PROGRAM = "kvorum ctl";

  private static final int FLAG_WIDTH = 32;
  private static final int COMMAND_WIDTH = 28;

  private Help() {}

  /// The help on a path of words; an empty one asks for the overview.
  static String on(String path) {
    for (Command command : Commands.all()) {
      if (command.path().equals(path)) {
        return command(command);
      }
    }
    return overview(path);
  }

  private static String overview(String path) {
    var text = new StringBuilder();
    if (path.isEmpty()) {
      text.append("The client of a store cluster: etcdctl's commands, flags and outputs.\n\n");
    }
    text.append("Usage: ").append(PROGRAM).append(path.isEmpty() ? "" : " " + path);
    text.append(" <command> [flags] [arguments]\n");
    for (Commands.Group group : Commands.GROUPS) {
      List<Command> shown =
          group.commands().stream()
              .filter(command -> path.isEmpty() || command.path().startsWith(path + " "))
              .toList();
      if (shown.isEmpty()) {
        continue;
      }
      text.append('\n').append(group.title()).append('\n');
      for (Command command : shown) {
        String words = (command.path() + " " + command.arguments()).strip();
        text.append("  ").append(column(words, COMMAND_WIDTH)).append(command.summary());
        text.append('\n');
      }
    }
    appendGlobals(text);
    text.append(
        """

        Exit codes: 0 done, 1 refused or not answered, 2 no connection, 3 invalid input, 4 no such
        format, 5 watch ended by the server, 6 input or output failed, 128 bad arguments.
        '%s <command> --help' tells more about a command.
        """
            .formatted(PROGRAM));
    return text.toString();
  }

  private static String command(Command command) {
    var text = new StringBuilder();
    text.append(command.path()).append(": ").append(command.summary()).append("\n\n");
    text.append("Usage: ").append(command.equals(DiscoveryCommand.DISCOVERY) ? "kvorum" : PROGRAM);
    text.append(' ').append(command.path()).append(" [flags]");
    text.append(command.arguments().isEmpty() ? "" : " " + command.arguments()).append('\n');
    if (!command.details().isEmpty()) {
      text.append('\n').append(command.details()).append('\n');
    }
    if (!command.flags().isEmpty()) {
      text.append("\nFlags\n");
      command.flags().forEach(flag -> append(text, flag));
    }
    appendGlobals(text);
    return text.toString();
  }

  private static void appendGlobals(StringBuilder text) {
    text.append("\nFlags of every command (environment: ETCDCTL_ENDPOINTS and so on)\n");
    Settings.FLAGS.forEach(flag -> append(text, flag));
  }

  private static void append(StringBuilder text, Flag flag) {
    text.append("  ").append(column(flag.synopsis(), FLAG_WIDTH)).append(flag.help());
    boolean plainDefault =
        flag.fallback().isEmpty() || flag.fallback().equals("0") || flag.fallback().equals("false");
    text.append(plainDefault ? "" : " (default " + flag.fallback() + ")").append('\n');
  }

  private static String column(String text, int width) {
    return text + " ".repeat(Math.max(2, width - text.length()));
  }
}
