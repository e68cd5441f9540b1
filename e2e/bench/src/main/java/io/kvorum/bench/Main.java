package io.kvorum.bench;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/// `kvorum bench`: load for a cluster that speaks etcd's API, and the comparison with etcd.
@Command(
    name = "kvorum bench",
    description =
        "Makes load on a cluster that speaks the etcd v3 API, and compares Kvorum with etcd.",
    mixinStandardHelpOptions = true,
    subcommands = {
      PutCommand.class,
      RangeCommand.class,
      TxnCommand.class,
      MixedCommand.class,
      WatchCommand.class,
      KeepAliveCommand.class,
      LockCommand.class,
      CompareCommand.class,
      MicroCommand.class
    })
public final class Main {

  private Main() {}

  /// Runs the command line; the exit code is 0, 1 for a failure, 2 for a wrong argument.
  public static void main(String[] args) {
    Logging.quiet();
    var commandLine =
        new CommandLine(new Main())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setParameterExceptionHandler((failure, _) -> wrongUsage(failure))
            .setExecutionExceptionHandler(Main::report);
    String version = Main.class.getPackage().getImplementationVersion();
    showVersion(commandLine, "kvorum " + Objects.requireNonNullElse(version, "(unpackaged)"));
    if (args.length == 0) {
      commandLine.usage(System.out);
      System.exit(2);
    }
    System.exit(commandLine.execute(args));
  }

  private static void showVersion(CommandLine command, String version) {
    command.getCommandSpec().version(version);
    command.getSubcommands().values().forEach(each -> showVersion(each, version));
  }

  /// One line, and where to read on: the whole help would hide it.
  private static int wrongUsage(ParameterException failure) {
    CommandLine command = failure.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command
        .getErr()
        .println(name + ": " + failure.getMessage() + "; ./" + name + " --help tells more");
    return 2;
  }

  private static int report(Exception e, CommandLine commandLine, CommandLine.ParseResult unused) {
    String name = commandLine.getCommandSpec().qualifiedName();
    commandLine.getErr().println(name + ": " + e.getMessage());
    return e instanceof IllegalArgumentException ? 2 : 1;
  }
}
