package io.kvorum.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Runs the same cases on each contender in turn, so that a machine whose speed drifts treats them
/// alike: in each round every contender gets a fresh cluster, and the order changes from round to
/// round.
final class Comparison {

  /// What is the same for all.
  ///
  /// @param clientsPerConnection how many logical clients share a connection
  /// @param settle how long puts run on every fresh cluster before its first case
  record Settings(
      List<Contender> contenders,
      List<Integer> members,
      List<Case.Kind> kinds,
      List<Integer> clients,
      int clientsPerConnection,
      int rounds,
      Duration settle,
      Duration warmUp,
      Duration duration,
      int keySize,
      int valueSize,
      long keySpace,
      long quotaBytes,
      Path folder) {}

  /// etcd commits what was put in the background; reads are measured when it is done.
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final int PRELOAD_CLIENTS = 100;
  private static final int PRELOAD_CONNECTIONS = 10;

  private final Settings settings;
  private final Map<Case, List<List<Measurement>>> measured = new TreeMap<>();

  Comparison(Settings settings) {
    this.settings = settings;
  }

  /// The measurements of each case, by the place of the contender.
  Map<Case, List<List<Measurement>>> run() {
    warmUpLoad();
    for (int round = 0; round < settings.rounds(); round++) {
      for (int members : settings.members()) {
        for (int turn = 0; turn < settings.contenders().size(); turn++) {
          int last = settings.contenders().size() - 1;
          runOn(round, members, round % 2 == 0 ? turn : last - turn);
        }
      }
    }
    return measured;
  }

  /// Runs each kind of load once and forgets it: this program's own code is then compiled, and does
  /// not burden the first contender.
  private void warmUpLoad() {
    say("warming up the load program");
    try (var cluster =
        new Cluster(
            settings.contenders().getFirst(), 1, settings.folder(), settings.quotaBytes())) {
      preload(cluster);
      for (Case.Kind kind : settings.kinds()) {
        measure(cluster, new Case(1, kind, PRELOAD_CLIENTS));
      }
    }
  }

  private void runOn(int round, int members, int contender) {
    Contender program = settings.contenders().get(contender);
    say("round %d: %s, members: %d", round + 1, program.name(), members);
    try (var cluster = new Cluster(program, members, settings.folder(), settings.quotaBytes())) {
      preload(cluster);
      settle(cluster);
      for (Case.Kind kind : settings.kinds()) {
        LockSupport.parkNanos(PAUSE_NANOS);
        for (int clients : settings.clients()) {
          var what = new Case(members, kind, clients);
          Measurement result = measure(cluster, what);
          say("  %s c%d: %.0f/s", kind.text(), clients, result.ratePerSecond());
          results(what).get(contender).add(result);
        }
      }
    }
  }

  private List<List<Measurement>> results(Case what) {
    return measured.computeIfAbsent(
        what, _ -> settings.contenders().stream().map(_ -> newList()).toList());
  }

  private static List<Measurement> newList() {
    return new ArrayList<>();
  }

  private void preload(Cluster cluster) {
    var keys = new Keys(settings.keySize(), settings.keySpace(), true);
    try (var connections = new Connections(List.of(cluster.leader()), PRELOAD_CONNECTIONS)) {
      connections.open();
      var plan = Plan.of(PRELOAD_CLIENTS, settings.keySpace());
      Outcome outcome =
          Load.unary(connections, plan, Requests.put(keys, settings.valueSize())).run();
      if (outcome.failed() > 0) {
        throw new IllegalStateException("writing the key space failed: " + outcome.errors());
      }
    }
  }

  /// Members run for days; what is compiled while a program runs, is compiled then.
  private void settle(Cluster cluster) {
    if (settings.settle().isZero()) {
      return;
    }
    var keys = new Keys(settings.keySize(), settings.keySpace(), false);
    try (var connections = new Connections(List.of(cluster.leader()), PRELOAD_CONNECTIONS)) {
      connections.open();
      var plan = Plan.during(PRELOAD_CLIENTS, settings.settle());
      Load.unary(connections, plan, Requests.put(keys, settings.valueSize())).run();
    }
  }

  private Measurement measure(Cluster cluster, Case what) {
    var keys = new Keys(settings.keySize(), settings.keySpace(), false);
    Requests requests =
        switch (what.kind()) {
          case PUT -> Requests.put(keys, settings.valueSize());
          case RANGE_LINEARIZABLE -> Requests.range(keys, false);
          case RANGE_SERIALIZABLE -> Requests.range(keys, true);
        };
    int count = Math.max(1, what.clients() / settings.clientsPerConnection());
    try (var connections = new Connections(List.of(cluster.leader()), count)) {
      connections.open();
      Load.unary(connections, Plan.during(what.clients(), settings.warmUp()), requests).run();
      double cpu = cluster.cpuSeconds();
      double loadCpu = ownCpuSeconds();
      var plan = Plan.during(what.clients(), settings.duration());
      Outcome outcome = Load.unary(connections, plan, requests).run();
      double thousands = Math.max(1, outcome.latencies().total()) / 1000.0;
      return new Measurement(
          outcome.ratePerSecond(),
          outcome.latencies().percentileMillis(0.5),
          outcome.latencies().percentileMillis(0.99),
          (cluster.cpuSeconds() - cpu) / thousands,
          (ownCpuSeconds() - loadCpu) / thousands,
          cluster.residentMegabytes(),
          outcome.failed());
    }
  }

  private static double ownCpuSeconds() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime() / 1e9
        : 0;
  }

  private static void say(String format, Object... args) {
    System.err.printf(format + "%n", args);
  }
}
