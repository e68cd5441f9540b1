package io.kvorum.node.ctl;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Questions to the person at the terminal.
final class Prompt {

  private Prompt() {}

  /// Asks for a password; what is typed at a terminal is not shown.
  static String password(Console console) throws Failure, Output.Closed {
    return secret(console, "Password: ");
  }

  /// Asks with a text for what is not shown when it is typed.
  @SuppressWarnings("SystemConsoleNull") // it is null when the streams are no terminal
  static String secret(Console console, String question) throws Failure, Output.Closed {
    console.output().text(question);
    console.output().flush();
    java.io.Console terminal = System.console();
    if (terminal != null && terminal.isTerminal()) {
      char[] typed = terminal.readPassword();
      return typed == null ? "" : new String(typed);
    }
    try {
      String line = new Lines(console.input()).next();
      if (!question.isEmpty()) {
        console.output().line("");
      }
      return line == null
          ? ""
          : new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw Failure.of(ExitCode.IO, "cannot read the password: " + e.getMessage());
    }
  }
}
