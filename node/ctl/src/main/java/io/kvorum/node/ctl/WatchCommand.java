package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// watch: prints changes as they happen, and may run a command for each.
final class WatchCommand {

  static final Command WATCH =
      new Command(
          "watch",
          "[KEY [END]] [-- COMMAND ...]",
          "print changes as they happen",
          """
          COMMAND runs for each change, with ETCD_WATCH_REVISION, ETCD_WATCH_EVENT_TYPE,
          ETCD_WATCH_KEY and ETCD_WATCH_VALUE in its environment. KEY and END may also come from
          ETCDCTL_WATCH_KEY and ETCDCTL_WATCH_RANGE_END. With -i, lines on standard input start
          watches ("watch KEY ...") or ask for the current revision ("progress").\
          """,
          List.of(
              Flag.toggle("prefix", "all keys that begin with KEY"),
              Flag.number("rev", "start with the changes of this revision; 0: from now on"),
              Flag.toggle("prev-kv", "print what each key held before"),
              Flag.toggle("progress-notify", "print the revision when nothing happens for long"),
              Flag.toggle("interactive", "read watches from standard input").withLetter('i')),
          WatchCommand::run);

  private static final String KEY = "ETCDCTL_WATCH_KEY";
  private static final String END = "ETCDCTL_WATCH_RANGE_END";
  private static final Parser LINES = new Parser(List.of(WATCH), List.of());

  private WatchCommand() {}

  private static void run(Invocation invocation) throws Failure, IOException {
    var session = new WatchSession(invocation);
    if (invocation.flags().on("interactive")) {
      Thread.ofVirtual().start(() -> readLines(invocation, session));
    } else {
      session.offer(
          new WatchSession.Input.Start(
              watcher(
                  invocation.flags(),
                  invocation.argumentsBeforeDash(),
                  invocation.argumentsBehindDash(),
                  invocation.console().environment())));
    }
    session.run();
  }

  private static void readLines(Invocation invocation, WatchSession session) {
    var lines = new Lines(invocation.console().input());
    Failure end;
    try {
      while (true) {
        String line = lines.next();
        if (line == null) {
          end = Failure.invalidInput("Error reading watch request line: EOF");
          break;
        }
        session.offer(input(Words.split(line), invocation.console().environment()));
      }
    } catch (Failure e) {
      end = e;
    } catch (IOException e) {
      end = Failure.invalidInput("Error reading watch request line: " + e.getMessage());
    }
    session.offer(new WatchSession.Input.End(end));
  }

  private static WatchSession.Input input(List<String> words, Map<String, String> environment)
      throws Failure {
    String first = words.isEmpty() ? "" : Flags.bytes(words.getFirst()).toStringUtf8();
    if (first.equals("progress")) {
      return new WatchSession.Input.Progress();
    }
    if (!first.equals("watch")) {
      return new WatchSession.Input.Complaint(
          "Invalid command " + first + " (only support watch and progress)");
    }
    boolean keyKnown = !environment.getOrDefault(KEY, "").isEmpty();
    if (words.size() < 2 && !keyKnown) {
      return new WatchSession.Input.Complaint(
          "Invalid command watch (command type or key is not provided)");
    }
    if (!(LINES.parse(words) instanceof Parser.Request.Run(CommandLine line))) {
      return new WatchSession.Input.Complaint("watch " + WATCH.arguments());
    }
    return new WatchSession.Input.Start(
        watcher(
            line.flags(),
            line.arguments().subList(0, line.beforeDash()),
            line.arguments().subList(line.beforeDash(), line.arguments().size()),
            environment));
  }

  private static WatchSession.Watcher watcher(
      Flags flags,
      List<ByteString> arguments,
      List<ByteString> command,
      Map<String, String> environment)
      throws Failure {
    List<ByteString> keys = arguments;
    String key = environment.getOrDefault(KEY, "");
    String end = environment.getOrDefault(END, "");
    if (!key.isEmpty()) {
      if (!arguments.isEmpty()) {
        throw Failure.badArguments("bad number of arguments (found conflicting environment key)");
      }
      keys =
          end.isEmpty() ? List.of(Flags.bytes(key)) : List.of(Flags.bytes(key), Flags.bytes(end));
    }
    if (keys.isEmpty() || keys.size() > 2) {
      throw Failure.badArguments("bad number of arguments");
    }
    boolean prefix = flags.on("prefix");
    if (prefix && keys.size() == 2) {
      throw Failure.badArguments("`range_end` and `--prefix` are mutually exclusive");
    }
    var range =
        prefix
            ? KeyValueCommands.prefix(keys.getFirst())
            : new KeyValueCommands.Range(
                keys.getFirst(), keys.size() == 2 ? keys.get(1) : ByteString.EMPTY);
    var request =
        WatchCreateRequest.newBuilder()
            .setKey(range.key())
            .setRangeEnd(range.end())
            .setStartRevision(flags.number("rev"))
            .setPrevKv(flags.on("prev-kv"))
            .setProgressNotify(flags.on("progress-notify"));
    return new WatchSession.Watcher(
        request.build(), command.stream().map(ByteString::toStringUtf8).toList());
  }
}
