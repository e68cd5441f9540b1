package io.kvorum.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench range`.
@Command(
    name = "range",
    description = {
      "Reads keys.",
      "",
      "The keys of the key space must exist:",
      "  bench put --sequential-keys --key-space-size=1000 --total=1000",
      "  bench range --key-space-size=1000"
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class RangeCommand implements Callable<Integer> {

  enum Consistency {
    L,
    S
  }

  @Mixin LoadOptions load = new LoadOptions();

  @Option(
      names = "--consistency",
      defaultValue = "l",
      description = "l: linearizable, s: serializable. Default: ${DEFAULT-VALUE}.")
  Consistency consistency = Consistency.L;

  @Override
  public Integer call() {
    return load.run(Requests.range(load.keys(), consistency == Consistency.S));
  }
}
