package io.kvorum.localkube.kubelet;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Starts processes that end with this one.
///
/// The kernel kills a child when the thread that started it ends (`setpriv --pdeathsig`), so all
/// are started by one thread that lives as long as this process. Where that is lost, the files in
/// `pids/` let the next start find what a killed predecessor left. Each process has a session of
/// its own: Ctrl-C at the terminal reaches this process alone, which then stops the others in
/// order.
public final class Processes implements AutoCloseable {

  private static final long KILL_PATIENCE_SECONDS = 10;

  private final Path pids;
  private final Path work;
  private final boolean root = "root".equals(System.getProperty("user.name"));
  private final ExecutorService starter =
      Executors.newSingleThreadExecutor(
          task -> Thread.ofPlatform().daemon().name("process-starter").unstarted(task));

  /// @param stateFolder where `pids/` stands
  public Processes(Path stateFolder) {
    this.pids = stateFolder.resolve("pids");
    this.work = stateFolder;
    try {
      Files.createDirectories(pids);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + pids, e);
    }
  }

  /// What to start.
  ///
  /// @param name for its file in `pids/`
  /// @param hosts a file to see as `/etc/hosts`, or null
  record Start(String name, CommandLine line, @Nullable Path hosts, Path folder, Path log) {}

  /// Starts it; standard output and error are appended to the log.
  Process start(Start start) throws IOException {
    try {
      return starter.submit(() -> startHere(start)).get();
    } catch (ExecutionException e) {
      throw new IOException(
          "cannot start " + start.line().arguments() + ": " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting " + start.name(), e);
    }
  }

  private Process startHere(Start start) throws IOException {
    Files.createDirectories(start.log().getParent());
    Files.createDirectories(start.folder());
    var builder = new ProcessBuilder(wrapped(start)).directory(start.folder().toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().retainAll(List.of("PATH", "LANG", "TZ", "JAVA_HOME", "HOME"));
    environment.putAll(start.line().environment());
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(start.log().toFile()));
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    Process process = builder.start();
    Files.writeString(pids.resolve(start.name()), process.pid() + " " + startTime(process.pid()));
    return process;
  }

  private List<String> wrapped(Start start) {
    var command = new ArrayList<String>();
    List<String> dieWithParent = List.of("setpriv", "--pdeathsig", "KILL", "setsid");
    if (start.hosts() == null) {
      command.addAll(dieWithParent);
    } else {
      command.addAll(List.of("unshare", root ? "-m" : "-rm", "sh", "-c"));
      command.add("mount --bind \"$0\" /etc/hosts && exec \"$@\"");
      command.add(start.hosts().toString());
      command.addAll(dieWithParent);
    }
    command.addAll(start.line().arguments());
    return command;
  }

  /// Forgets a process that has ended.
  void ended(String name) {
    try {
      Files.deleteIfExists(pids.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + pids.resolve(name), e);
    }
  }

  /// Kills what an earlier life of this folder left running; returns how many there were.
  public int killOrphans() {
    int killed = 0;
    try (Stream<Path> files = Files.list(pids)) {
      for (Path file : files.toList()) {
        String[] parts = Files.readString(file).trim().split(" ", -1);
        if (parts.length == 2 && killIfSame(Long.parseLong(parts[0]), parts[1])) {
          killed++;
        }
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + pids, e);
    }
    return killed;
  }

  private static boolean killIfSame(long pid, String startTime) {
    if (!startTime(pid).equals(startTime)) {
      return false;
    }
    return ProcessHandle.of(pid)
        .map(process -> {
          process.destroyForcibly();
          try {
            process.onExit().get(KILL_PATIENCE_SECONDS, TimeUnit.SECONDS);
          } catch (Exception e) {
            throw new IllegalStateException("process " + pid + " does not die", e);
          }
          return true;
        })
        .orElse(false);
  }

  /// When the kernel says a process began, which tells it from a later one with its number.
  static String startTime(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19];
    } catch (IOException e) {
      return "gone";
    }
  }

  /// Where processes without a folder of their own stand.
  Path workFolder() {
    return work;
  }

  @Override
  public void close() {
    starter.shutdown();
  }
}
