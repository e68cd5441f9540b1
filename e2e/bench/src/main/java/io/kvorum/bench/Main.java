package io.kvorum.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// `kvorum bench`: load for a cluster that speaks etcd's API, and the comparison with etcd.
@Command(
    name = "bench",
    description =
        "Makes load on a cluster that speaks the etcd v3 API, and compares Kvorum with etcd.",
    mixinStandardHelpOptions = true,
    subcommands = {PutCommand.class, RangeCommand.class, CompareCommand.class})
public final class Main {

  private Main() {}

  /// Runs the command line; the exit code is 0, 1 for a failure, 2 for a wrong argument.
  public static void main(String[] args) {
    Logging.quiet();
    var commandLine =
        new CommandLine(new Main())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(Main::report);
    if (args.length == 0) {
      commandLine.usage(System.out);
      System.exit(2);
    }
    System.exit(commandLine.execute(args));
  }

  private static int report(Exception e, CommandLine commandLine, CommandLine.ParseResult unused) {
    commandLine.getErr().println("bench: " + e.getMessage());
    return e instanceof IllegalArgumentException ? 2 : 1;
  }
}
