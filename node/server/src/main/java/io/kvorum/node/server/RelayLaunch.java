package io.kvorum.node.server;

import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.Notice;
import io.kvorum.node.server.config.RelayConfig;
import io.kvorum.node.server.config.RelayConfigReader;
import io.kvorum.node.server.config.RelayConfigReader.Request;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.config.Version;
import io.kvorum.node.server.grpcproxy.GrpcProxy;
import io.kvorum.node.server.logging.Logs;
import io.kvorum.node.server.tcpgateway.TcpGateway;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The process around a gRPC proxy or a TCP gateway: command line, signals, and the exit code.
final class RelayLaunch {

  private RelayLaunch() {}

  /// Does what the command line asks for; the returned code is the process's.
  static ExitCode run(List<String> arguments) {
    try {
      return switch (RelayConfigReader.read(arguments)) {
        case Request.Print(String text) -> {
          System.out.print(text);
          yield ExitCode.GRACEFUL;
        }
        case Request.Run(RelayConfig config, List<Notice> notices) ->
            run(arguments.getFirst(), config, notices);
      };
    } catch (StartFailure e) {
      System.err.println("kvorum " + arguments.getFirst() + ": " + e.getMessage());
      return e.exitCode();
    }
  }

  private static ExitCode run(String name, RelayConfig config, List<Notice> notices) {
    boolean debug = config instanceof RelayConfig.GrpcProxy proxy && proxy.debug();
    Logs.configure(
        new NodeConfig.Logging(
            debug ? NodeConfig.Logging.Level.DEBUG : NodeConfig.Logging.Level.INFO,
            false,
            List.of("stderr")));
    Logger log = LoggerFactory.getLogger(name);
    for (Notice notice : notices) {
      (notice.warning() ? log.atWarn() : log.atInfo()).log(notice.text());
    }
    log.atInfo().addKeyValue("version", Version.product()).log("starting");
    var asked = new CompletableFuture<Integer>();
    Signals.listen(signal -> Launch.onSignal(asked.complete(signal), signal));
    try (AutoCloseable _ = start(config)) {
      log.atInfo().addKeyValue("signal", asked.join()).log("stopping");
    } catch (StartFailure e) {
      log.atError().addKeyValue("exit-code", e.exitCode().code()).log(e.getMessage());
      return e.exitCode();
    } catch (Exception e) {
      log.error("a defect of the program", e);
      return ExitCode.INTERNAL;
    }
    log.info("stopped");
    return ExitCode.GRACEFUL;
  }

  private static AutoCloseable start(RelayConfig config) {
    return switch (config) {
      case RelayConfig.GrpcProxy proxy -> GrpcProxy.start(proxy);
      case RelayConfig.Gateway gateway -> TcpGateway.start(gateway);
    };
  }
}
