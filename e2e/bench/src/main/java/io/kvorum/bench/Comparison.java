package io.kvorum.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/// Runs the same scenarios on each contender in turn, so that a machine whose speed drifts treats
/// them alike: in each round every contender gets fresh clusters, and the order changes from round
/// to round. The first round is whole; what would make a later one too long is left out of it.
final class Comparison {

  private static final int WARM_UP_MEMBERS = 1;
  private static final long BEGUN = System.nanoTime();

  private final Settings settings;
  private final Results results;

  Comparison(Settings settings) {
    this.settings = settings;
    this.results = new Results(settings.contenders().stream().map(Contender::name).toList());
  }

  Results run() {
    if (!settings.settle().isZero()) {
      warmUpLoad();
    }
    List<Scenario> scenarios = scenarios();
    var longest = new HashMap<Scenario, Duration>();
    for (int round = 0; round < settings.rounds(); round++) {
      for (Scenario scenario : scenarios) {
        Duration begun = elapsed();
        Duration before = longest.getOrDefault(scenario, Duration.ZERO);
        if (round > 0 && begun.plus(before).compareTo(settings.within()) > 0) {
          say(
              "round %d of %d: %s, members: %d: left out, it would not end within %d minutes"
                  .formatted(
                      round + 1,
                      settings.rounds(),
                      scenario.name(),
                      scenario.members(),
                      settings.within().toMinutes()));
          continue;
        }
        for (int turn = 0; turn < settings.contenders().size(); turn++) {
          int last = settings.contenders().size() - 1;
          run(scenario, round, round % 2 == 0 ? turn : last - turn);
        }
        Duration took = elapsed().minus(begun);
        longest.merge(scenario, took, (one, other) -> one.compareTo(other) > 0 ? one : other);
      }
    }
    return results;
  }

  private static Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - BEGUN);
  }

  private void run(Scenario scenario, int round, int contender) {
    Contender program = settings.contenders().get(contender);
    say(
        "round %d of %d: %s, members: %d: %s"
            .formatted(
                round + 1, settings.rounds(), program.name(), scenario.members(), scenario.name()));
    scenario.run(new Scenario.Run(program, contender, settings, results));
  }

  private List<Scenario> scenarios() {
    var scenarios = new ArrayList<Scenario>();
    if (settings.has(Settings.Kind.START)) {
      scenarios.add(new StartScenario());
    }
    boolean requests =
        Set.of(
                Settings.Kind.PUT,
                Settings.Kind.RANGE,
                Settings.Kind.TXN,
                Settings.Kind.MIXED,
                Settings.Kind.LEASE,
                Settings.Kind.WATCH)
            .stream()
            .anyMatch(settings::has);
    if (requests) {
      settings.members().forEach(members -> scenarios.add(new LoadScenario(members)));
    }
    if (settings.has(Settings.Kind.LOADED)) {
      settings.loadedKeys().forEach(keys -> scenarios.add(new LoadedScenario(keys)));
    }
    if (settings.has(Settings.Kind.CATCH_UP)) {
      scenarios.add(new CatchUpScenario(settings.loadedKeys().getFirst()));
    }
    if (settings.has(Settings.Kind.FAILOVER)) {
      scenarios.add(new FailoverScenario());
    }
    return scenarios;
  }

  /// Runs some load once and forgets it: this program's own code is then compiled, and does not
  /// burden the first contender.
  private void warmUpLoad() {
    say("warming up the load program");
    Contender first = settings.contenders().getFirst();
    try (var cluster =
        new Cluster(first, WARM_UP_MEMBERS, settings.folder(), settings.quotaBytes())) {
      LoadScenario.fill(cluster, settings, settings.keySpace());
      LoadScenario.settle(cluster, settings);
    }
  }

  /// A line of progress on standard error, behind the seconds since the program began.
  static void say(String line) {
    System.err.printf("%4d s  %s%n", elapsed().toSeconds(), line);
  }

  static Progress progress(LongSupplier done, String what, long total) {
    return Progress.show(LoadOptions.onTerminal(), done, what, Plan.of(1, total));
  }
}
