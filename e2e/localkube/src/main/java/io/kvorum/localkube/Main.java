package io.kvorum.localkube;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import io.kvorum.localkube.demo.DemoCommand;
import io.kvorum.localkube.fault.FaultCommand;
import io.kvorum.localkube.up.DownCommand;
import io.kvorum.localkube.up.UpCommand;
import java.util.List;
import java.util.Objects;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/// The program behind `./kvorum up`, `down`, `demo` and `localkube`.
@Command(
    name = "kvorum localkube",
    description = "A Kubernetes for this machine: its Pods are processes with loopback addresses.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {UpCommand.class, DownCommand.class, DemoCommand.class, FaultCommand.class})
public final class Main {

  /// What the launcher offers without the word `localkube` before it.
  private static final List<String> SHORT = List.of("up", "down", "demo");

  private Main() {}

  /// Exit codes: 0 done, 1 failed (one line on stderr says why), 2 wrong usage.
  public static void main(String[] args) {
    quietLogs();
    CommandLine program = new CommandLine(new Main());
    program.setCommandName(
        args.length > 0 && SHORT.contains(args[0]) ? "kvorum" : "kvorum localkube");
    showVersion(program, "kvorum " + version());
    program.setParameterExceptionHandler((failure, _) -> wrongUsage(failure));
    program.setExecutionExceptionHandler((failure, command, _) -> {
      command.getErr().println("kvorum: " + message(failure));
      return 1;
    });
    System.exit(program.execute(args));
  }

  private static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return Objects.requireNonNullElse(version, "(unpackaged)");
  }

  private static void showVersion(CommandLine command, String version) {
    command.getCommandSpec().version(version);
    command.getSubcommands().values().forEach(each -> showVersion(each, version));
  }

  /// One line, and where to read on: the whole help would hide it.
  private static int wrongUsage(ParameterException failure) {
    String command = failure.getCommandLine().getCommandSpec().qualifiedName();
    failure
        .getCommandLine()
        .getErr()
        .println("kvorum: " + failure.getMessage() + "; ./" + command + " --help tells more");
    return 2;
  }

  private static String message(Exception failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message;
  }

  /// Warnings go to stderr, where they don't mix with what commands print.
  private static void quietLogs() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    LoggerContext context = root.getLoggerContext();
    context.reset();
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%d{HH:mm:ss} %level %logger{0}: %msg%n");
    encoder.start();
    ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
    stderr.setContext(context);
    stderr.setTarget("System.err");
    stderr.setEncoder(encoder);
    stderr.start();
    root.addAppender(stderr);
    root.setLevel(Level.WARN);
  }
}
