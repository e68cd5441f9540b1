package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// check perf and check datascale: whether a store is up to a load, and what memory a load takes.
final class LoadCommand {

  private static final Duration PERFORMANCE_TIME = Duration.ofSeconds(60);
  private static final int VALUE_BYTES = 1024;
  private static final double RATE_WANTED = 0.9;
  private static final double SLOWEST_SECONDS_MAX = 0.5;
  private static final double DEVIATION_SECONDS_MAX = 0.1;
  private static final double BYTES_A_MEGABYTE = 1 << 20;

  /// A load by its names: how much, by how many clients.
  record Size(List<String> names, int limit, int clients) {
    Size {
      names = List.copyOf(names);
    }
  }

  private static final List<Size> WRITES_A_SECOND =
      List.of(
          new Size(List.of("s", "small"), 150, 50),
          new Size(List.of("m", "medium"), 1_000, 200),
          new Size(List.of("l", "large"), 8_000, 500),
          new Size(List.of("xl", "xLarge"), 15_000, 1_000));

  private static final List<Size> PAIRS =
      List.of(
          new Size(List.of("s", "small"), 10_000, 50),
          new Size(List.of("m", "medium"), 100_000, 200),
          new Size(List.of("l", "large"), 1_000_000, 500),
          new Size(List.of("xl", "xLarge"), 3_000_000, 1_000));

  static final Command PERFORMANCE =
      new Command(
          "check perf",
          "",
          "write for a minute and say whether the store is up to it",
          "Loads: s 150 writes a second by 50 clients, m 1000 by 200, l 8000 by 500, xl 15000 by"
              + " 1000. What was written is deleted at the end.",
          flags("/etcdctl-check-perf/"),
          LoadCommand::checkPerformance);

  static final Command DATA_SCALE =
      new Command(
          "check datascale",
          "",
          "write many keys and say how much memory the first endpoint took for them",
          "Loads: s 10,000 pairs by 50 clients, m 100,000 by 200, l 1,000,000 by 500, xl 3,000,000"
              + " by 1000. What was written is deleted at the end.",
          flags("/etcdctl-check-datascale/"),
          LoadCommand::checkDataScale);

  private LoadCommand() {}

  private static List<Flag> flags(String prefix) {
    return List.of(
        Flag.text("load", "s", "how much: s, m, l or xl"),
        Flag.text("prefix", prefix, "where the keys are written; nothing may be there"),
        Flag.toggle("auto-compact", "compact what was written and deleted again"),
        Flag.toggle("auto-defrag", "defragment all endpoints at the end"));
  }

  private static Size size(Invocation invocation, List<Size> sizes) throws Failure {
    String load = invocation.flags().text("load");
    for (Size size : sizes) {
      if (size.names().contains(load)) {
        return size;
      }
    }
    throw Failure.badFeature("unknown load option " + load);
  }

  private static void checkPerformance(Invocation invocation) throws Failure, IOException {
    checkPerformance(invocation, PERFORMANCE_TIME);
  }

  static void checkPerformance(Invocation invocation, Duration time) throws Failure, IOException {
    Size size = size(invocation, WRITES_A_SECOND);
    requireEmpty(invocation);
    LoadRun.Result result =
        new LoadRun(invocation, size.clients(), VALUE_BYTES).paced(size.limit(), time);
    cleanUp(invocation);
    Output output = invocation.console().output();
    boolean passed = errors(result, output);
    passed &= verdict(result, size.limit(), output);
    output.line(passed ? "PASS" : "FAIL");
    if (!passed) {
      throw Failure.error("");
    }
  }

  private static boolean errors(LoadRun.Result result, Output output) throws Output.Closed {
    if (result.errors().isEmpty()) {
      return true;
    }
    output.line("FAIL: too many errors");
    for (Map.Entry<String, Integer> error : result.errors().entrySet()) {
      output.line("FAIL: ERROR(%s) -> %d".formatted(error.getKey(), error.getValue()));
    }
    return false;
  }

  private static boolean verdict(LoadRun.Result result, int limit, Output output)
      throws Output.Closed {
    boolean fast = result.rate() / limit > RATE_WANTED;
    boolean even = result.slowestSeconds() <= SLOWEST_SECONDS_MAX;
    boolean steady = result.deviationSeconds() <= DEVIATION_SECONDS_MAX;
    say(
        output,
        fast,
        "PASS: Throughput is %d writes/s",
        "FAIL: Throughput too low: %d writes/s",
        (long) result.rate() + 1);
    say(
        output,
        even,
        "PASS: Slowest request took %fs",
        "Slowest request took too long: %fs",
        result.slowestSeconds());
    say(output, steady, "PASS: Stddev is %fs", "Stddev too high: %fs", result.deviationSeconds());
    return fast && even && steady;
  }

  private static void say(Output output, boolean good, String passed, String failed, Object value)
      throws Output.Closed {
    output.line(String.format(Locale.ROOT, good ? passed : failed, value));
  }

  private static void checkDataScale(Invocation invocation) throws Failure, IOException {
    Size size = size(invocation, PAIRS);
    checkDataScale(invocation, size.limit(), size.clients());
  }

  static void checkDataScale(Invocation invocation, int pairs, int clients)
      throws Failure, IOException {
    requireEmpty(invocation);
    Output output = invocation.console().output();
    output.line(
        ("Start data scale check for work load [%d key-value pairs, %d bytes per key-value, %d"
                + " concurrent clients].")
            .formatted(pairs, VALUE_BYTES, clients));
    output.flush();
    double before = memory(invocation, "before");
    LoadRun.Result result = new LoadRun(invocation, clients, VALUE_BYTES).pairs(pairs);
    double after = memory(invocation, "after");
    cleanUp(invocation);
    if (!errors(result, output)) {
      throw Failure.error("");
    }
    output.line(
        String.format(
            Locale.ROOT,
            "PASS: Approximate system memory used : %.2f MB.",
            (after - before) / BYTES_A_MEGABYTE));
  }

  private static double memory(Invocation invocation, String when) throws Failure, IOException {
    Endpoint first = invocation.settings().endpoints().getFirst();
    double bytes = new MemoryProbe(invocation.settings()).residentBytes(first);
    if (bytes == 0) {
      invocation
          .console()
          .output()
          .line(
              "FAIL: Could not read process_resident_memory_bytes %s the put operations."
                  .formatted(when));
      throw Failure.error("");
    }
    return bytes;
  }

  private static Scope scope(Invocation invocation) {
    return Scope.prefix(ByteString.copyFromUtf8(invocation.flags().text("prefix")));
  }

  private static void requireEmpty(Invocation invocation) throws Failure, IOException {
    if (new Store(invocation.client(), scope(invocation)).count(0) > 0) {
      String prefix = invocation.flags().text("prefix");
      throw Failure.invalidInput(
          "prefix %s has keys. Delete with 'etcdctl del --prefix %s' first"
              .formatted(GoText.quote(prefix), prefix));
    }
  }

  private static void cleanUp(Invocation invocation) throws Failure, IOException {
    Scope scope = scope(invocation);
    DeleteRangeRequest deletion =
        DeleteRangeRequest.newBuilder().setKey(scope.start()).setRangeEnd(scope.end()).build();
    Client client = invocation.client();
    long revision =
        client
            .read(channel -> KVGrpc.newBlockingStub(channel).deleteRange(deletion))
            .getHeader()
            .getRevision();
    Output output = invocation.console().output();
    if (invocation.flags().on("auto-compact")) {
      output.line("Compacting with revision " + revision);
      CompactionRequest compaction =
          CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build();
      var _ = client.write(channel -> KVGrpc.newBlockingStub(channel).compact(compaction));
      output.line("Compacted with revision " + revision);
    }
    if (invocation.flags().on("auto-defrag")) {
      for (Client each : new ArrayList<>(client.each())) {
        String name = GoText.quote(each.endpoint().text());
        output.line("Defragmenting " + name);
        if (!MaintenanceCommands.defragmentedQuietly(each, invocation.console())) {
          throw Failure.error("");
        }
        output.line("Defragmented " + name);
      }
    }
  }
}
