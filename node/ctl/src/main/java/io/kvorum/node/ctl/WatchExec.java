package io.kvorum.node.ctl;

import io.kvorum.node.proto.mvcc.Event;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Runs a user's command for one event of a watch.
final class WatchExec {

  private WatchExec() {}

  /// Waits for the command's end; one that fails ends the watch.
  static void run(List<String> command, long revision, Event event, Console console)
      throws Failure, IOException {
    var builder = new ProcessBuilder(command).redirectInput(new File("/dev/null"));
    Map<String, String> environment = builder.environment();
    environment.put("ETCD_WATCH_REVISION", Long.toString(revision));
    environment.put("ETCD_WATCH_EVENT_TYPE", GoText.quote(event.getType().name()));
    environment.put("ETCD_WATCH_KEY", GoText.quote(event.getKv().getKey()));
    environment.put("ETCD_WATCH_VALUE", GoText.quote(event.getKv().getValue()));
    int exitCode;
    try {
      exitCode = ChildProcess.run(builder, console);
    } catch (ChildProcess.CannotStart e) {
      String name = GoText.quote(command.getFirst());
      throw failed(command, "exec: " + name + ": executable file not found in $PATH", console);
    }
    if (exitCode != 0) {
      throw failed(command, "exit status " + exitCode, console);
    }
  }

  private static Failure failed(List<String> command, String why, Console console)
      throws Output.Closed {
    String words = command.stream().map(GoText::quote).collect(Collectors.joining(" "));
    console.errors().line("command [" + words + "] error (" + why + ")");
    return Failure.error("");
  }
}
