package io.kvorum.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench lease-keepalive`.
@Command(
    name = "lease-keepalive",
    description = {
      "Renews leases: every client has one, and a stream for its renewals.",
      "",
      "The leases end by themselves when nobody renews them any more.",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class KeepAliveCommand implements Callable<Integer> {

  @Mixin LoadOptions load = new LoadOptions();

  @Option(
      names = "--ttl",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "Of the leases. Default: ${DEFAULT-VALUE}.")
  long ttlSeconds;

  @Override
  public Integer call() {
    return load.run(open -> new KeepAliveWork(open, load.clients, ttlSeconds));
  }
}
