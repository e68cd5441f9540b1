package io.kvorum.node.ctl;

import java.io.IOException;
import java.util.List;

/// Runs one command line: reads it, does it, and turns every failure into a line and an exit code.
final class Ctl {

  private static final Parser PARSER = new Parser(Commands.all(), Settings.FLAGS);

  private Ctl() {}

  /// `words` are raw text, one character per byte.
  static ExitCode run(List<String> words, Console console) {
    try {
      ExitCode code = runOrFail(words, console);
      console.output().flush();
      console.errors().flush();
      return code;
    } catch (Output.Closed e) {
      return ExitCode.BROKEN_PIPE;
    }
  }

  private static ExitCode runOrFail(List<String> words, Console console) throws Output.Closed {
    if (console.environment().getOrDefault("ETCDCTL_API", "3").equals("2")) {
      return V2Ctl.run(words, console);
    }
    try {
      switch (PARSER.parse(words)) {
        case Parser.Request.Help(String path) -> console.output().text(Help.on(path));
        case Parser.Request.Run(CommandLine line) -> {
          Settings settings = Settings.of(line.flags(), console);
          Format.check(settings.writeOut());
          Diagnostics.set(settings.debug());
          try (var invocation = new Invocation(settings, line, console)) {
            line.command().action().run(invocation);
          }
        }
      }
      return ExitCode.OK;
    } catch (Failure e) {
      console.output().flush();
      if (!e.text().isEmpty()) {
        console.errors().line("Error: " + e.text());
      }
      return e.exitCode();
    } catch (Output.Closed e) {
      throw e;
    } catch (IOException e) {
      console.errors().line("Error: " + e.getMessage());
      return ExitCode.IO;
    }
  }
}
