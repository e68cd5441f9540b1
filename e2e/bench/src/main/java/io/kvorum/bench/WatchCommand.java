package io.kvorum.bench;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench watch`.
@Command(
    name = "watch",
    description = {
      "Watches keys, puts to them, and measures how fast the events come.",
      "",
      "Watchers take the keys of the key space in turn: with one key all of them watch it, with as"
          + " many keys as watchers each has its own.",
      "--total, --duration, --rate and --clients say how puts are made; the run ends when every"
          + " watcher has got every event.",
      "",
      "  bench watch --watchers 1000 --rate 100 --total 1000        latency",
      "  bench watch --watchers 1000 --clients 10 --total 2000      as many events as possible",
      "  bench watch --watchers 1000 --key-space-size 1000          a key for each watcher",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class WatchCommand implements Callable<Integer> {

  @Mixin LoadOptions load = new LoadOptions();

  @Option(
      names = "--watchers",
      defaultValue = "100",
      description = "Watchers, over all keys. Default: ${DEFAULT-VALUE}.")
  int watchers;

  @Option(
      names = "--streams",
      defaultValue = "10",
      description = "Watch streams, which the watchers share. Default: ${DEFAULT-VALUE}.")
  int streams;

  @Option(
      names = "--put-endpoints",
      split = ",",
      paramLabel = "HOST:PORT",
      description = "Members to put to, if others than those that are watched.")
  List<String> putEndpoints = List.of();

  @Option(
      names = "--val-size",
      defaultValue = "256",
      description = "Bytes of a value, 8 or more. Default: ${DEFAULT-VALUE}.")
  int valueSize;

  @Override
  public Integer call() {
    Plan plan = load.plan();
    try (Connections watching = load.connect(load.endpoints);
        Connections putting = load.connect(putEndpoints.isEmpty() ? load.endpoints : putEndpoints);
        var watches = new WatchLoad(watching, watchers, streams, load.keys())) {
      WatchOutcome outcome;
      Plan events = plan.times(watchers / Math.min(load.keySpaceSize, watchers));
      try (var _ = Progress.show(load.showsProgress(), watches::delivered, "events", events)) {
        outcome = watches.run(putting, plan, valueSize);
      }
      load.print(() -> Report.text(outcome), () -> Report.json(outcome));
      return outcome.faults().isEmpty() && outcome.puts().errors().isEmpty() ? 0 : 1;
    }
  }
}
