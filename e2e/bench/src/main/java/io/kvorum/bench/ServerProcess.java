package io.kvorum.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// One member: its process, its log file, and what the kernel says it used.
final class ServerProcess {

  /// The kernel counts CPU time in these; fixed at 100 a second for all user programs.
  private static final double TICKS_PER_SECOND = 100;

  private static final int STAT_USER_TICKS = 11;
  private static final int STAT_SYSTEM_TICKS = 12;
  private static final int LOG_LINES_SHOWN = 15;
  private static final long KILL_TIMEOUT_SECONDS = 10;
  private static final long STOP_TIMEOUT_SECONDS = 60;

  /// Ports below those that Linux gives to outgoing connections, one of which might take a port
  /// before the member does that it is meant for.
  private static final int FIRST_PORT = 10_000;

  private static final int PORTS = 20_000;
  private static final AtomicInteger nextPort =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(PORTS));

  private final List<String> command;
  private final Endpoint endpoint;
  private final Path folder;
  private final Path log;
  private Process process;

  /// Starts it.
  ServerProcess(List<String> command, Endpoint endpoint, Path folder, Path log) {
    this.command = List.copyOf(command);
    this.endpoint = endpoint;
    this.folder = folder;
    this.log = log;
    this.process = launch(this.command, folder, log);
  }

  private static Process launch(List<String> command, Path folder, Path log) {
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    // This program was built by the launcher a moment ago; a start is not to look for newer
    // sources.
    builder.environment().put("KVORUM_BUILD", "skip");
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + command.getFirst(), e);
    }
  }

  /// Starts it anew after its end.
  void start() {
    process = launch(command, folder, log);
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /// Fails with the end of its log if the process has ended.
  void checkAlive() {
    if (!process.isAlive()) {
      throw new IllegalStateException(
          "a member ended with exit code %d; the end of its log:%n%s"
              .formatted(process.exitValue(), logTail()));
    }
  }

  private String logTail() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join(
          "\n", lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()));
    } catch (IOException e) {
      return "(unreadable: " + e.getMessage() + ")";
    }
  }

  /// User and system time of all its threads so far.
  double cpuSeconds() {
    String stat = read("stat");
    // The second field, the program's name in parentheses, may hold blanks.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[STAT_USER_TICKS]) + Long.parseLong(fields[STAT_SYSTEM_TICKS]))
        / TICKS_PER_SECOND;
  }

  double residentMegabytes() {
    return residentKilobytes() / 1024.0;
  }

  private long residentKilobytes() {
    return read("status")
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")))
        .sum();
  }

  private String read(String file) {
    checkAlive();
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read /proc of process " + process.pid(), e);
    }
  }

  /// Asks it to end, and waits until it has.
  void stop() {
    process.destroy();
    if (!hasEndedWithin(STOP_TIMEOUT_SECONDS)) {
      kill();
      throw new IllegalStateException(
          "a member did not stop within " + STOP_TIMEOUT_SECONDS + " s of SIGTERM");
    }
  }

  /// SIGKILL.
  void kill() {
    process.destroyForcibly();
    hasEndedWithin(KILL_TIMEOUT_SECONDS);
  }

  private boolean hasEndedWithin(long seconds) {
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// A free port of the loopback address, which no other call has returned lately.
  static int freePort() {
    for (int attempt = 0; attempt < PORTS; attempt++) {
      int port = FIRST_PORT + Math.floorMod(nextPort.getAndIncrement(), PORTS);
      try (var socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return port;
      } catch (IOException _) {
        // Somebody has it.
      }
    }
    throw new IllegalStateException("no free port from %d on".formatted(FIRST_PORT));
  }
}
