package io.kvorum.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench txn`.
@Command(
    name = "txn",
    description = {
      "Runs transactions.",
      "",
      "put: puts of --ops keys. compare: the same keys are compared first. mixed: transactions that"
          + " put and transactions that read,",
      "--read-ratio of them reading; the keys must exist (see bench range --help).",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TxnCommand implements Callable<Integer> {

  enum Kind {
    PUT,
    COMPARE,
    MIXED
  }

  @Mixin LoadOptions load = new LoadOptions();

  @Option(
      names = "--kind",
      defaultValue = "put",
      description = "put, compare or mixed. Default: ${DEFAULT-VALUE}.")
  Kind kind = Kind.PUT;

  @Option(
      names = "--ops",
      defaultValue = "1",
      description = "Keys of a transaction. Default: ${DEFAULT-VALUE}.")
  int operations;

  @Option(
      names = "--read-ratio",
      defaultValue = "0.5",
      description = "Share of reading transactions of --kind mixed. Default: ${DEFAULT-VALUE}.")
  double readRatio;

  @Option(
      names = "--val-size",
      defaultValue = "8",
      description = "Bytes of a value. Default: ${DEFAULT-VALUE}.")
  int valueSize;

  @Override
  public Integer call() {
    if (operations < 1) {
      throw new IllegalArgumentException("--ops is %d; it must be 1 or more".formatted(operations));
    }
    Keys keys = load.keys();
    return switch (kind) {
      case PUT -> load.run(Requests.putTxn(keys, operations, valueSize));
      case COMPARE -> load.run(Requests.compareTxn(keys, operations, valueSize));
      case MIXED -> {
        MixedCommand.checkRatio(readRatio);
        Requests reads = Requests.rangeTxn(keys, operations, false);
        Requests writes = Requests.putTxn(keys, operations, valueSize);
        yield load.run(open -> UnaryWork.mixed(open, reads, writes, readRatio));
      }
    };
  }
}
