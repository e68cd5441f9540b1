package io.kvorum.bench;

import java.util.List;

/// The cases that run over streams: watches and renewals of leases.
record StreamCases(Scenario.Run run, Cluster cluster, int members) {

  static final String WATCH = "watch, one key";

  private static final int PUTTERS = 100;
  private static final int CONNECTIONS = 10;
  private static final int STREAMS = 100;
  private static final int LEASES = 100;
  private static final long LEASE_SECONDS = 120;

  /// Puts for each watcher: some seconds of events, and a first part that is not measured.
  private static final long PUTS = 4;

  private static final long WARM_UP_PUTS = 1;

  /// Puts a second at which a watch's latency is measured: few enough to be waited for.
  private static final double CALM_RATE = 100;

  void measureAll() {
    if (run.settings().has(Settings.Kind.LEASE)) {
      renewals();
    }
    if (run.settings().has(Settings.Kind.WATCH)) {
      events();
    }
  }

  private void renewals() {
    Settings settings = run.settings();
    try (var connections = connect()) {
      var work = new KeepAliveWork(connections, LEASES, LEASE_SECONDS);
      new Load(connections.loop(), Plan.during(LEASES, settings.warmUp()), work).run();
      var meter = new Meter(cluster);
      var plan = Plan.during(LEASES, settings.duration());
      Outcome outcome = new Load(connections.loop(), plan, work).run();
      run.add(new Case(members, "lease keep-alive c" + LEASES), meter.read(outcome));
    }
  }

  private void events() {
    Settings settings = run.settings();
    var oneKey = new Keys(settings.keySize(), 1, true);
    try (var watching = connect();
        var putting = connect();
        var watches = new WatchLoad(watching, settings.watchers(), STREAMS, oneKey)) {
      var _ =
          watches.run(
              putting, Plan.of(PUTTERS, WARM_UP_PUTS * settings.watchers()), settings.valueSize());
      measure(watches, putting, WATCH, Plan.of(PUTTERS, PUTS * settings.watchers()));
      var calm = new Plan(1, 0, settings.duration(), CALM_RATE);
      measure(watches, putting, "watch, one key, %.0f puts/s".formatted(CALM_RATE), calm);
    }
  }

  private void measure(WatchLoad watches, Connections putting, String name, Plan plan) {
    var meter = new Meter(cluster);
    WatchOutcome outcome = watches.run(putting, plan, run.settings().valueSize());
    if (!outcome.faults().isEmpty()) {
      throw new IllegalStateException("watchers did not get what was put: " + outcome.faults());
    }
    run.add(
        new Case(members, name),
        meter.read(outcome.ratePerSecond(), outcome.latencies(), outcome.puts().failed()));
  }

  private Connections connect() {
    var connections = new Connections(List.of(cluster.leader()), CONNECTIONS);
    connections.open();
    return connections;
  }
}
