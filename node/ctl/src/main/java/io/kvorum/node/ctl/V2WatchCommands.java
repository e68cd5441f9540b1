package io.kvorum.node.ctl;

import io.kvorum.node.ctl.V2Client.Request;
import java.io.File;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Waiting for changes over API v2.
final class V2WatchCommands {

  private static final Flag AFTER =
      Flag.number("after-index", "begin with the first change behind this index");
  private static final Flag RECURSIVE =
      Flag.toggle("recursive", "changes of all keys below, too").withLetter('r');

  static final List<V2Command> ALL =
      List.of(
          new V2Command(
              "watch",
              "KEY",
              "wait for a change and show it",
              List.of(
                  Flag.toggle("forever", "go on until Ctrl-C").withLetter('f'), AFTER, RECURSIVE),
              V2WatchCommands::watch),
          new V2Command(
              "exec-watch",
              "KEY -- COMMAND [ARGUMENT...]",
              "run a command for each change",
              List.of(AFTER, RECURSIVE),
              V2WatchCommands::execute));

  private V2WatchCommands() {}

  /// What is done with a change; false ends the watch.
  @FunctionalInterface
  private interface Change {
    boolean of(V2Event event) throws Failure, IOException;
  }

  private static void follow(V2Invocation invocation, String key, Change change)
      throws Failure, IOException {
    boolean recursive = invocation.flags().on("recursive");
    long after = invocation.flags().number("after-index");
    // Ctrl-C is the way to end a watch, so it is no failure.
    Interrupts.listen(() -> Interrupts.endWith(ExitCode.OK));
    try (V2Client client = invocation.client()) {
      boolean more = true;
      while (more) {
        V2Event event =
            client.await(
                new Request("GET", V2Client.keyPath(key), waiting(recursive, after), Map.of()));
        after = event.node().modifiedIndex();
        more = change.of(event);
        invocation.console().output().flush();
      }
    } finally {
      Interrupts.ignore();
    }
  }

  private static Map<String, String> waiting(boolean recursive, long after) {
    var query = new LinkedHashMap<String, String>();
    query.put("recursive", Boolean.toString(recursive));
    query.put("wait", "true");
    if (after > 0) {
      query.put("waitIndex", Long.toString(after + 1));
    }
    return query;
  }

  private static void watch(V2Invocation invocation) throws Failure, IOException {
    Output output = invocation.console().output();
    follow(
        invocation,
        invocation.key(),
        event -> {
          if (event.node().dir()) {
            return true;
          }
          if (invocation.flags().on("recursive")) {
            output.line("[" + event.action() + "] " + event.node().key());
          }
          invocation.print(event);
          return invocation.flags().on("forever");
        });
  }

  private static void execute(V2Invocation invocation) throws Failure, IOException {
    List<String> arguments = invocation.arguments();
    if (arguments.size() < 2) {
      throw Failure.error("key and command to exec required");
    }
    int first = arguments.get(1).equals("--") ? 2 : 1;
    if (arguments.size() == first) {
      throw Failure.error("key and command to exec required");
    }
    var command = IntStream.range(first, arguments.size()).mapToObj(invocation::text).toList();
    follow(
        invocation,
        arguments.getFirst(),
        event -> {
          if (event.node().dir()) {
            invocation.console().errors().line("Ignored dir " + event.node().key() + " change");
          } else {
            run(command, event, invocation.console());
          }
          return true;
        });
  }

  /// A command that fails does not end the watch; one that cannot be started does.
  private static void run(List<String> command, V2Event event, Console console)
      throws Failure, IOException {
    var builder = new ProcessBuilder(command).redirectInput(new File("/dev/null"));
    Map<String, String> environment = builder.environment();
    environment.put("ETCD_WATCH_ACTION", event.action());
    environment.put("ETCD_WATCH_MODIFIED_INDEX", Long.toString(event.node().modifiedIndex()));
    environment.put("ETCD_WATCH_KEY", event.node().key());
    environment.put("ETCD_WATCH_VALUE", event.node().value());
    try {
      int exitCode = ChildProcess.run(builder, console);
      if (exitCode != 0) {
        console.errors().line(command.getFirst() + " ended with " + exitCode);
      }
    } catch (ChildProcess.CannotStart e) {
      throw Failure.error("exec: " + GoText.quote(command.getFirst()) + ": cannot be started");
    }
  }
}
