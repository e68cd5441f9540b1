package io.kvorum.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench mixed`.
@Command(
    name = "mixed",
    description = {
      "Reads and writes keys; each is measured apart.",
      "",
      "The keys of the key space must exist; see bench range --help.",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class MixedCommand implements Callable<Integer> {

  @Mixin LoadOptions load = new LoadOptions();

  @Option(
      names = "--read-ratio",
      defaultValue = "0.8",
      description = "Share of reads among all requests. Default: ${DEFAULT-VALUE}.")
  double readRatio;

  @Option(
      names = "--consistency",
      defaultValue = "l",
      description = "Of reads; l: linearizable, s: serializable. Default: ${DEFAULT-VALUE}.")
  RangeCommand.Consistency consistency = RangeCommand.Consistency.L;

  @Option(
      names = "--val-size",
      defaultValue = "8",
      description = "Bytes of a value. Default: ${DEFAULT-VALUE}.")
  int valueSize;

  @Override
  public Integer call() {
    checkRatio(readRatio);
    Keys keys = load.keys();
    Requests reads = Requests.range(keys, consistency == RangeCommand.Consistency.S);
    Requests writes = Requests.put(keys, valueSize);
    return load.run(open -> UnaryWork.mixed(open, reads, writes, readRatio));
  }

  static void checkRatio(double ratio) {
    if (!(ratio >= 0 && ratio <= 1)) {
      throw new IllegalArgumentException(
          "--read-ratio is %s; it must lie between 0 and 1".formatted(ratio));
    }
  }
}
