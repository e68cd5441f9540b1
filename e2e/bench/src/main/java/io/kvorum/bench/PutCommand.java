package io.kvorum.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench put`.
@Command(
    name = "put",
    description = "Writes keys.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PutCommand implements Callable<Integer> {

  @Mixin LoadOptions load = new LoadOptions();

  @Option(
      names = "--val-size",
      defaultValue = "8",
      description = "Bytes of a value. Default: ${DEFAULT-VALUE}.")
  int valueSize;

  @Override
  public Integer call() {
    return load.run(Requests.put(load.keys(), valueSize));
  }
}
