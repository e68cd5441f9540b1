package io.kvorum.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `bench compare`.
@Command(
    name = "compare",
    description = {
      "Compares Kvorum with etcd side by side.",
      "",
      "Both run on this machine with the same flags under the same load. In each round every system"
          + " gets fresh clusters in turn, below one",
      "folder; all of it is stopped and removed at the end, also on Ctrl-C. The whole table takes"
          + " some 25 minutes on two processors.",
      "Figures are medians over the rounds; a ratio is to the first system, with the lowest and"
          + " highest of the rounds; what a ratio should be",
      "stands beside it, and what is not reached is marked and listed at the end.",
      "",
      "Cases: put, range (linearizable: range-l, serializable: range-s, at rest and right after"
          + " puts), txn, mixed, lease, watch,",
      "loaded (many keys in one member: load, memory, paging, snapshot, restarts), catch-up (a"
          + " fourth member), failover, start.",
      "",
      "  bench compare --systems etcd,etcd           checks the bench itself: ratios near 1",
      "  bench compare --members 1 --cases put --clients 100 --rounds 5",
      ""
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class CompareCommand implements Callable<Integer> {

  private static final long FULL_KEYS = 10_000_000;

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
      description = "Only these. Default: all.")
  List<String> cases = List.of();

  @Option(names = "--full", description = "Load ten million keys, too; takes most of an hour more.")
  boolean full;

  @Option(
      names = "--loaded-keys",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Keys of the cases loaded and catch-up. Default: ${DEFAULT-VALUE}.")
  long loadedKeys;

  @Option(
      names = "--watchers",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Watchers of the case watch. Default: ${DEFAULT-VALUE}.")
  int watchers;

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

  @Option(names = "--rounds", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.")
  int rounds;

  @Option(
      names = "--within",
      paramLabel = "MINUTES",
      defaultValue = "25",
      description =
          "The first round is whole; what would end later than this is left out of the others."
              + " Default: ${DEFAULT-VALUE}.")
  int withinMinutes;

  @Option(
      names = "--settle",
      paramLabel = "SECONDS",
      defaultValue = "12",
      description =
          "Puts and reads of 100 clients on every fresh cluster before its first case, and time"
              + " to come to rest; 0 measures programs that have just started. Default:"
              + " ${DEFAULT-VALUE}.")
  double settleSeconds;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "Load before each measured run. Default: ${DEFAULT-VALUE}.")
  double warmUpSeconds;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      defaultValue = "3",
      description = "Length of each measured run. Default: ${DEFAULT-VALUE}.")
  double durationSeconds;

  @Option(
      names = "--pause",
      paramLabel = "SECONDS",
      defaultValue = "2",
      description = "Between puts and reads at rest. Default: ${DEFAULT-VALUE}.")
  double pauseSeconds;

  @Option(
      names = "--trials",
      paramLabel = "N",
      defaultValue = "3",
      description = "Starts and failovers of each round. Default: ${DEFAULT-VALUE}.")
  int trials;

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
    checkPositive("--within", List.of(withinMinutes));
    checkPositive("--watchers", List.of(watchers));
    checkPositive("--trials", List.of(trials));
    checkPositive("--clients-per-conn", List.of(clientsPerConnection));
    if (durationSeconds <= 0 || warmUpSeconds <= 0) {
      throw new IllegalArgumentException("--duration and --warm-up must be more than 0");
    }
    if (settleSeconds < 0 || pauseSeconds < 0) {
      throw new IllegalArgumentException("--settle and --pause must not be negative");
    }
    Path base = folder != null ? folder : Contender.projectRoot().resolve("target/bench");
    List<Contender> contenders = systems.stream().map(Contender::parse).toList();
    var settings =
        new Settings(
            contenders,
            members,
            kinds(),
            clients,
            clientsPerConnection,
            rounds,
            Duration.ofMinutes(withinMinutes),
            duration(settleSeconds),
            duration(warmUpSeconds),
            duration(durationSeconds),
            duration(pauseSeconds),
            trials,
            keySize,
            valueSize,
            keySpaceSize,
            full ? List.of(loadedKeys, FULL_KEYS) : List.of(loadedKeys),
            watchers,
            quotaBytes,
            base.toAbsolutePath());
    Results results = new Comparison(settings).run();
    switch (format) {
      case SIMPLE -> System.out.print(ComparisonTable.text(results));
      case JSON -> System.out.println(ComparisonTable.json(results).toPrettyString());
    }
    return 0;
  }

  private Set<Settings.Kind> kinds() {
    var named = EnumSet.noneOf(Settings.Kind.class);
    for (String name : cases) {
      named.add(kind(name));
    }
    return named.isEmpty() ? EnumSet.allOf(Settings.Kind.class) : named;
  }

  private static Settings.Kind kind(String name) {
    for (Settings.Kind kind : Settings.Kind.values()) {
      if (text(kind).equals(name)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "--cases: '%s' is unknown; write %s"
            .formatted(
                name,
                Arrays.stream(Settings.Kind.values())
                    .map(CompareCommand::text)
                    .collect(Collectors.joining(", "))));
  }

  private static String text(Settings.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
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
