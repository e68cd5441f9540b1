package io.kvorum.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// One member: its process, its log file, and what the kernel says it used.
final class ServerProcess {

  /// The kernel counts CPU time in these; fixed at 100 a second for all user programs.
  private static final double TICKS_PER_SECOND = 100;

  private static final int STAT_USER_TICKS = 11;
  private static final int STAT_SYSTEM_TICKS = 12;
  private static final int LOG_LINES_SHOWN = 15;
  private static final long KILL_TIMEOUT_SECONDS = 10;

  private final Process process;
  private final Path log;

  ServerProcess(List<String> command, Path folder, Path log) {
    this.log = log;
    try {
      process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + command.getFirst(), e);
    }
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
    return read("status")
            .lines()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")))
            .sum()
        / 1024.0;
  }

  private String read(String file) {
    checkAlive();
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read /proc of process " + process.pid(), e);
    }
  }

  void kill() {
    process.destroyForcibly();
    try {
      process.waitFor(KILL_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// A free port of the loopback address.
  static int freePort() {
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("no free port", e);
    }
  }
}
