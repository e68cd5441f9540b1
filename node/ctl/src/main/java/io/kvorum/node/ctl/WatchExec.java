package io.kvorum.node.ctl;

import io.kvorum.node.proto.mvcc.Event;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Runs a user's command for one event of a watch.
final class WatchExec {

  private static final int BUFFER_BYTES = 8 << 10;

  private WatchExec() {}

  /// Waits for the command's end; one that fails ends the watch.
  static void run(List<String> command, long revision, Event event, Console console)
      throws Failure, IOException {
    console.output().flush();
    var builder = new ProcessBuilder(command).redirectInput(new File("/dev/null"));
    Map<String, String> environment = builder.environment();
    environment.put("ETCD_WATCH_REVISION", Long.toString(revision));
    environment.put("ETCD_WATCH_EVENT_TYPE", GoText.quote(event.getType().name()));
    environment.put("ETCD_WATCH_KEY", GoText.quote(event.getKv().getKey()));
    environment.put("ETCD_WATCH_VALUE", GoText.quote(event.getKv().getValue()));
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      String name = GoText.quote(command.getFirst());
      throw failed(command, "exec: " + name + ": executable file not found in $PATH", console);
    }
    try {
      Thread errors =
          Thread.ofVirtual().start(() -> copyErrors(process.getErrorStream(), console.errors()));
      copy(process.getInputStream(), console.output());
      int exitCode = process.waitFor();
      errors.join();
      if (exitCode != 0) {
        throw failed(command, "exit status " + exitCode, console);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.of(ExitCode.INTERRUPTED, "interrupted");
    } finally {
      process.destroy();
    }
  }

  private static Failure failed(List<String> command, String why, Console console)
      throws Output.Closed {
    String words = command.stream().map(GoText::quote).collect(Collectors.joining(" "));
    console.errors().line("command [" + words + "] error (" + why + ")");
    return Failure.error("");
  }

  private static void copy(InputStream from, Output to) throws IOException {
    var buffer = new byte[BUFFER_BYTES];
    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
      to.bytes(com.google.protobuf.ByteString.copyFrom(buffer, 0, n));
      to.flush();
    }
  }

  private static void copyErrors(InputStream from, Output to) {
    try {
      copy(from, to);
    } catch (IOException closed) {
      // Nobody reads our errors any more; the command's own end tells what happened.
      return;
    }
  }
}
