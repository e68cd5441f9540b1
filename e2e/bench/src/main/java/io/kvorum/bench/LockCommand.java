package io.kvorum.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench lock`.
@Command(
    name = "lock",
    description = {
      "Takes and frees locks of the server's lock service; both together are one request here.",
      "",
      "The key space holds the names of the locks: with fewer names than clients, clients wait for"
          + " each other.",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class LockCommand implements Callable<Integer> {

  @Mixin LoadOptions load = new LoadOptions();

  @Option(
      names = "--ttl",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description =
          "Of the leases that hold the locks, which nobody renews. Default: ${DEFAULT-VALUE}.")
  long ttlSeconds;

  @Override
  public Integer call() {
    return load.run(open -> new LockWork(open, load.keys(), load.clients, ttlSeconds));
  }
}
