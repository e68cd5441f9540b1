package io.kvorum.node.server.config;

/// The page `docs/flags.md`, written from the table so that it cannot disagree with the program.
final class FlagsDocument {

  private FlagsDocument() {}

  static String text() {
    var text =
        new StringBuilder(
            """
            # Flags of a member

            Generated from the table of flags; a test compares it. `works` does what it says, `no effect` is
            accepted and logged with the reason when it is set, `refused` stops the start when it is set to
            anything but its default. Every flag is also an environment variable (`ETCD_` + upper case,
            underscores) and a key of the YAML file; see [node/README.md](../node/README.md).
            """);
    for (Group group : Group.values()) {
      text.append("\n## ").append(group.title()).append("\n\n");
      text.append("| flag | default | standing | meaning |\n|---|---|---|---|\n");
      HelpText.current(group).forEach(flag -> appendRow(text, flag));
    }
    text.append("\n## Old names\n\n| flag | standing | meaning |\n|---|---|---|\n");
    for (Flag<?> flag : LegacyFlags.ALL) {
      text.append("| `--%s` | %s | %s |\n".formatted(flag.name(), standing(flag), flag.help()));
    }
    text.append("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for (ExitCode code : ExitCode.values()) {
      text.append("| %d | %s |\n".formatted(code.code(), code.meaning()));
    }
    return text.toString();
  }

  static void appendRow(StringBuilder text, Flag<?> flag) {
    String defaultText = flag.defaultText().isEmpty() ? "" : "`" + flag.defaultText() + "`";
    text.append(
        "| `--%s` | %s | %s | %s |\n"
            .formatted(flag.name(), defaultText, standing(flag), flag.help().replace("|", "\\|")));
  }

  private static String standing(Flag<?> flag) {
    return switch (flag.standing()) {
      case Standing.Works() -> "works";
      case Standing.NoEffect(_) -> "no effect";
      case Standing.Refused(_) -> "refused";
      case Standing.Renamed(_), Standing.Gate(_) -> "old name";
    };
  }
}
