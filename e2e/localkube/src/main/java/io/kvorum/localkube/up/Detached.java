package io.kvorum.localkube.up;

import io.kvorum.localkube.StateFolder;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Starts the same program in the background, and waits until it is ready.
final class Detached {

  private static final String CHILD = "KVORUM_DETACHED";
  private static final long LOOK_MILLIS = 200;

  /// What a start may take beyond waiting for the clusters.
  private static final Duration START = Duration.ofSeconds(60);

  private Detached() {}

  /// True in the process that was started in the background.
  static boolean isChild() {
    return System.getenv(CHILD) != null;
  }

  /// Shows what the background process says until it is ready; 0 when it is, 1 when it is not.
  static int start(
      StateFolder chosen, List<String> arguments, Duration wait, PrintWriter out, PrintWriter err)
      throws IOException, InterruptedException {
    StateFolder folder = StateFolder.open(chosen.root());
    Path log = folder.logs().resolve("up.log");
    Path ready = folder.server("ready");
    Files.deleteIfExists(ready);
    Files.deleteIfExists(log);
    Process child = launch(arguments, log);
    long end = System.nanoTime() + wait.plus(START).toNanos();
    long shown = 0;
    while (System.nanoTime() < end) {
      boolean ended = child.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      boolean done = Files.exists(ready);
      shown = show(log, shown, out);
      if (done) {
        boolean available = Files.readString(ready).equals("yes");
        out.println(
            "It runs in the background as process " + child.pid() + "; './kvorum down' stops it.");
        out.flush();
        return available ? 0 : 1;
      }
      if (ended) {
        err.println("kvorum: it ended with exit code " + child.exitValue() + "; see " + log);
        return 1;
      }
    }
    err.println("kvorum: it does not become ready; see " + log + ", './kvorum down' stops it");
    return 1;
  }

  private static Process launch(List<String> arguments, Path log) throws IOException {
    var command = new ArrayList<String>();
    command.add("setsid");
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "io.kvorum.localkube.Main"));
    command.addAll(arguments);
    var builder = new ProcessBuilder(command);
    builder.environment().put(CHILD, "1");
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    return builder.start();
  }

  private static long show(Path log, long from, PrintWriter out) throws IOException {
    if (!Files.exists(log)) {
      return from;
    }
    byte[] all = Files.readAllBytes(log);
    out.print(new String(all, (int) from, all.length - (int) from, StandardCharsets.UTF_8));
    out.flush();
    return all.length;
  }
}
