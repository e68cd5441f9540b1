package io.kvorum.node.server;

import io.kvorum.node.server.backup.RestoreCommand;
import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.RelayConfigReader;
import io.kvorum.node.server.logging.LogProvider;
import io.kvorum.node.server.peer.GrpcClusterProbe;
import java.util.List;

/// One member of a store cluster as a program.
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    LogProvider.use();
    List<String> arguments = List.of(args);
    ExitCode code = run(arguments);
    System.out.flush();
    System.err.flush();
    // Everything is closed: threads of libraries that linger are not waited for.
    Runtime.getRuntime().halt(code.code());
  }

  private static ExitCode run(List<String> arguments) {
    if (RelayConfigReader.concerns(arguments)) {
      return RelayLaunch.run(arguments);
    }
    return !arguments.isEmpty() && arguments.getFirst().equals(RestoreCommand.NAME)
        ? RestoreCommand.run(arguments.subList(1, arguments.size()))
        : new Launch(RunningMember.START, new GrpcClusterProbe()).run(arguments, System.getenv());
  }
}
