package io.kvorum.node.server;

import io.kvorum.node.server.config.ExitCode;
import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.NodeConfigReader;
import io.kvorum.node.server.config.NodeConfigReader.Request;
import io.kvorum.node.server.config.Notice;
import io.kvorum.node.server.config.StartFailure;
import io.kvorum.node.server.logging.Logs;
import io.kvorum.node.server.peer.ClusterProbe;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.LoggerFactory;

/// The process around a run: command line, signals, and the exit code.
final class Launch {

  /// How long a graceful stop may take before it is cut off; below the thirty seconds that
  /// Kubernetes gives a Pod.
  private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(25);

  /// Exit codes of processes that a signal ends begin behind this number.
  private static final int SIGNAL_BASE = 128;

  /// Port 9 of a documentation address: connecting a datagram socket sends nothing, it only asks
  /// the routing table.
  private static final InetSocketAddress ANYWHERE =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 9);

  private final Member.Start start;
  private final ClusterProbe probe;

  Launch(Member.Start start, ClusterProbe probe) {
    this.start = start;
    this.probe = probe;
  }

  /// Does what the command line asks for; the returned code is the process's.
  ExitCode run(List<String> arguments, Map<String, String> environment) {
    try {
      return switch (NodeConfigReader.read(arguments, environment, Launch::defaultRoute)) {
        case Request.Print(String text) -> {
          System.out.print(text);
          yield ExitCode.GRACEFUL;
        }
        case Request.Run(NodeConfig config, List<Notice> notices) -> run(config, notices);
      };
    } catch (StartFailure e) {
      System.err.println("kvorum node: " + e.getMessage());
      if (e.exitCode() == ExitCode.UNKNOWN_FLAG) {
        System.err.println("Usage: kvorum node [flags]; kvorum node --help lists them");
      }
      return e.exitCode();
    }
  }

  private ExitCode run(NodeConfig config, List<Notice> notices) {
    Logs.configure(config.logging());
    var node = new Node(config, start, probe);
    Signals.listen(signal -> onSignal(node, signal));
    Thread.setDefaultUncaughtExceptionHandler((_, failure) -> node.fail(failure));
    return node.run(notices);
  }

  private static void onSignal(Node node, int signal) {
    onSignal(node.stop(signal), signal);
  }

  /// Watches over a stop that a signal asks for.
  ///
  /// @param first whether it is the first time
  static void onSignal(boolean first, int signal) {
    if (!first) {
      LoggerFactory.getLogger("node").warn("asked to stop again: stopping at once");
      Runtime.getRuntime().halt(SIGNAL_BASE + signal);
    }
    Thread.ofPlatform().daemon().name("stop-watch").start(Launch::cutOff);
  }

  private static void cutOff() {
    long deadline = System.nanoTime() + STOP_NANOS;
    while (System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(deadline - System.nanoTime());
    }
    LoggerFactory.getLogger("node").error("the graceful stop took too long: stopping at once");
    Runtime.getRuntime().halt(ExitCode.FATAL.code());
  }

  private static String defaultRoute() {
    try (var socket = new DatagramSocket()) {
      socket.connect(ANYWHERE);
      InetAddress local = socket.getLocalAddress();
      return local.isAnyLocalAddress() || local.isLoopbackAddress() ? "" : local.getHostAddress();
    } catch (SocketException | java.io.UncheckedIOException _) {
      return "";
    }
  }
}
