package io.kvorum.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `bench compare`.
@Command(
    name = "compare",
    description = {
      "Compares Kvorum with etcd side by side.",
      "",
      "Both run on this machine with the same flags under the same load. Each round starts a fresh"
          + " cluster of each in turn, below one folder; all",
      "of it is stopped and removed at the end, also on Ctrl-C.",
      "Figures are medians over the rounds; a ratio is to the first system. cpu s/1k are the"
          + " seconds",
      "of CPU of all server processes per 1,000 requests, load s/1k those of this program.",
      "",
      "  bench compare --systems etcd,etcd           checks the bench itself: ratios near 1",
      "  bench compare --members 1 --cases put --clients 100 --rounds 5",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class CompareCommand implements Callable<Integer> {

  @Option(
      names = "--systems",
      split = ",",
      paramLabel = "SYSTEM",
      defaultValue = "etcd,kvorum",
      description = "etcd, kvorum, or NAME=PROGRAM. Default: ${DEFAULT-VALUE}.")
  List<String> systems = List.of();

  @Option(
      names = "--members",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,3",
      description = "Sizes of the clusters. Default: ${DEFAULT-VALUE}.")
  List<Integer> members = List.of();

  @Option(
      names = "--cases",
      split = ",",
      paramLabel = "CASE",
      defaultValue = "put,range-l,range-s",
      description =
          "put, range-l (linearizable), range-s (serializable), all through the leader. Default:"
              + " ${DEFAULT-VALUE}.")
  List<String> cases = List.of();

  @Option(
      names = "--clients",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,100,1000",
      description = "Numbers of clients. Default: ${DEFAULT-VALUE}.")
  List<Integer> clients = List.of();

  @Option(
      names = "--clients-per-conn",
      defaultValue = "10",
      description = "Clients that share a connection. Default: ${DEFAULT-VALUE}.")
  int clientsPerConnection;

  @Option(names = "--rounds", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
  int rounds;

  @Option(
      names = "--settle",
      paramLabel = "SECONDS",
      defaultValue = "20",
      description =
          "Puts of 100 clients on every fresh cluster before its first case; 0 measures programs"
              + " that have just started. Default: ${DEFAULT-VALUE}.")
  double settleSeconds;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "2",
      description = "Load before each measured run. Default: ${DEFAULT-VALUE}.")
  double warmUpSeconds;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "Length of each measured run. Default: ${DEFAULT-VALUE}.")
  double durationSeconds;

  @Option(names = "--key-size", defaultValue = "8", description = "Default: ${DEFAULT-VALUE}.")
  int keySize;

  @Option(names = "--val-size", defaultValue = "256", description = "Default: ${DEFAULT-VALUE}.")
  int valueSize;

  @Option(
      names = "--key-space-size",
      defaultValue = "10000",
      description = "Keys, all written before the first run. Default: ${DEFAULT-VALUE}.")
  long keySpaceSize;

  @Option(
      names = "--quota-backend-bytes",
      defaultValue = "8589934592",
      description = "Passed to every member. Default: ${DEFAULT-VALUE}.")
  long quotaBytes;

  @Option(
      names = "--dir",
      description = "Where the clusters keep their data. Default: target/bench of the project.")
  @Nullable Path folder;

  @Option(
      names = {"-w", "--write-out"},
      paramLabel = "FORMAT",
      defaultValue = "simple",
      description = "simple or json. Default: ${DEFAULT-VALUE}.")
  LoadOptions.Format format = LoadOptions.Format.SIMPLE;

  @Override
  public Integer call() {
    checkPositive("--members", members);
    checkPositive("--clients", clients);
    checkPositive("--rounds", List.of(rounds));
    checkPositive("--clients-per-conn", List.of(clientsPerConnection));
    if (durationSeconds <= 0 || warmUpSeconds <= 0) {
      throw new IllegalArgumentException("--duration and --warm-up must be more than 0");
    }
    if (settleSeconds < 0) {
      throw new IllegalArgumentException("--settle must not be negative");
    }
    Path base = folder != null ? folder : Contender.projectRoot().resolve("target/bench");
    List<Contender> contenders = systems.stream().map(Contender::parse).toList();
    var settings =
        new Comparison.Settings(
            contenders,
            members,
            cases.stream().map(Case.Kind::parse).toList(),
            clients,
            clientsPerConnection,
            rounds,
            duration(settleSeconds),
            duration(warmUpSeconds),
            duration(durationSeconds),
            keySize,
            valueSize,
            keySpaceSize,
            quotaBytes,
            base.toAbsolutePath());
    var results = new Comparison(settings).run();
    List<String> names = contenders.stream().map(Contender::name).toList();
    switch (format) {
      case SIMPLE -> System.out.print(ComparisonTable.text(names, results));
      case JSON -> System.out.println(ComparisonTable.json(names, results).toPrettyString());
    }
    return 0;
  }

  private static Duration duration(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  private static void checkPositive(String option, List<Integer> values) {
    for (int value : values) {
      if (value < 1) {
        throw new IllegalArgumentException(
            "%s is %d; it must be 1 or more".formatted(option, value));
      }
    }
  }
}
