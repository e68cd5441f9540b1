package io.kvorum.node.server;

import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.peer.GrpcClusterProbe;
import java.util.List;

/// One member of a store cluster as a program.
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    ExitCode code =
        new Launch(RunningMember::start, new GrpcClusterProbe())
            .run(List.of(args), System.getenv());
    System.out.flush();
    System.err.flush();
    // Everything is closed: threads of libraries that linger are not waited for.
    Runtime.getRuntime().halt(code.code());
  }
}
