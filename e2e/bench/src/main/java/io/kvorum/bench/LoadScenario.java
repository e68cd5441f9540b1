package io.kvorum.bench;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Requests from clients, all to the leader of a cluster that has run for a while.
record LoadScenario(int members) implements Scenario {

  /// Stands in the name of reads that begin while the puts before them are still being worked on:
  /// etcd answers them from another state than when it is at rest.
  static final String AFTER_PUTS = " after puts";

  private static final int PRELOAD_CLIENTS = 100;
  private static final int PRELOAD_CONNECTIONS = 10;
  private static final int MEDIUM = 100;
  private static final double READ_RATIO = 0.8;

  /// Half of each, so that the code of both is warm.
  private static final double SETTLING_READ_RATIO = 0.5;

  /// Members are at rest when they take less than this share of a processor for so long. Three of
  /// them that only exchange heartbeats take a few percent.
  private static final double REST_CPU_SHARE = 0.15;

  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long MAX_REST_NANOS = TimeUnit.SECONDS.toNanos(20);

  @Override
  public String name() {
    return "requests";
  }

  @Override
  public void run(Run run) {
    Settings settings = run.settings();
    try (Cluster cluster = run.start(members)) {
      fill(cluster, settings, settings.keySpace());
      settle(cluster, settings);
      if (settings.has(Settings.Kind.PUT)) {
        for (int clients : settings.clients()) {
          measure(run, cluster, "put", clients, puts(settings));
        }
      }
      if (settings.has(Settings.Kind.RANGE)) {
        ranges(run, cluster, "range-l", false);
        ranges(run, cluster, "range-s", true);
      }
      transactions(run, cluster);
      new StreamCases(run, cluster, members).measureAll();
    }
  }

  private void ranges(Run run, Cluster cluster, String name, boolean serializable) {
    Requests requests = Requests.range(run.settings().keys(), serializable);
    int most = run.settings().clients().stream().mapToInt(Integer::intValue).max().orElse(MEDIUM);
    afterPuts(run, cluster, name + AFTER_PUTS, most, requests);
    LockSupport.parkNanos(run.settings().pause().toNanos());
    for (int clients : run.settings().clients()) {
      measure(run, cluster, name, clients, requests);
    }
  }

  private void transactions(Run run, Cluster cluster) {
    Settings settings = run.settings();
    if (settings.has(Settings.Kind.TXN)) {
      measure(
          run,
          cluster,
          "txn compare+put",
          MEDIUM,
          Requests.compareTxn(settings.keys(), 1, settings.valueSize()));
    }
    if (settings.has(Settings.Kind.MIXED)) {
      Requests reads = Requests.range(settings.keys(), false);
      measure(
          run,
          cluster,
          "mixed 80% reads",
          MEDIUM,
          open -> UnaryWork.mixed(open, reads, puts(settings), READ_RATIO));
    }
  }

  private static Requests puts(Settings settings) {
    return Requests.put(settings.keys(), settings.valueSize());
  }

  private void measure(Run run, Cluster cluster, String name, int clients, Requests requests) {
    measure(run, cluster, name, clients, open -> new UnaryWork(open, requests));
  }

  private void measure(
      Run run, Cluster cluster, String name, int clients, LoadOptions.Making work) {
    Settings settings = run.settings();
    try (var connections = connect(cluster, settings, clients)) {
      var warmUp = Plan.during(clients, settings.warmUp());
      new Load(connections.loop(), warmUp, work.on(connections)).run();
      var meter = new Meter(cluster);
      var plan = Plan.during(clients, settings.duration());
      Outcome outcome = new Load(connections.loop(), plan, work.on(connections)).run();
      run.add(new Case(members, name + " c" + clients), meter.read(outcome));
    }
  }

  private void afterPuts(Run run, Cluster cluster, String name, int clients, Requests requests) {
    Settings settings = run.settings();
    try (var connections = connect(cluster, settings, clients)) {
      Load.unary(connections, Plan.during(clients, settings.duration()), puts(settings)).run();
      var meter = new Meter(cluster);
      var plan = Plan.during(clients, settings.duration());
      run.add(
          new Case(members, name + " c" + clients),
          meter.read(Load.unary(connections, plan, requests).run()));
    }
  }

  private static Connections connect(Cluster cluster, Settings settings, int clients) {
    int count = Math.max(1, clients / settings.clientsPerConnection());
    var connections = new Connections(List.of(cluster.leader()), count);
    connections.open();
    return connections;
  }

  /// Puts each key of a key space once.
  static void fill(Cluster cluster, Settings settings, long keySpace) {
    var keys = new Keys(settings.keySize(), keySpace, true);
    try (var connections = new Connections(List.of(cluster.leader()), PRELOAD_CONNECTIONS)) {
      connections.open();
      var plan = Plan.of(PRELOAD_CLIENTS, keySpace);
      checkAll(Load.unary(connections, plan, Requests.put(keys, settings.valueSize())).run());
    }
  }

  static void checkAll(Outcome outcome) {
    if (outcome.failed() > 0) {
      throw new IllegalStateException("writing the keys failed: " + outcome.errors());
    }
  }

  /// Members run for days: what is compiled and tidied up while a program runs, is done before the
  /// first case. Puts and reads run for a while; then the members get time until they are at rest.
  static void settle(Cluster cluster, Settings settings) {
    Duration settle = settings.settle();
    if (settle.isZero()) {
      return;
    }
    try (var connections = new Connections(List.of(cluster.leader()), PRELOAD_CONNECTIONS)) {
      connections.open();
      Requests reads = Requests.range(settings.keys(), false);
      var work = UnaryWork.mixed(connections, reads, puts(settings), SETTLING_READ_RATIO);
      new Load(connections.loop(), Plan.during(PRELOAD_CLIENTS, settle), work).run();
    }
    awaitRest(cluster);
  }

  private static void awaitRest(Cluster cluster) {
    long begun = System.nanoTime();
    double looked = cluster.cpuSeconds();
    while (System.nanoTime() - begun < MAX_REST_NANOS) {
      LockSupport.parkNanos(REST_NANOS);
      double now = cluster.cpuSeconds();
      if (now - looked < REST_CPU_SHARE * REST_NANOS / 1e9) {
        return;
      }
      looked = now;
    }
  }
}
