package io.kvorum.bench;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.stub.ClientCalls;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.RangeRequest;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/// One member with many keys: loading them, its memory, reading all of them, a backup, restarts.
///
/// @param keys how many
record LoadedScenario(long keys) implements Scenario {

  static final String LOAD = "1 M keys: load";
  static final String PAGES = "1 M keys: all of them in pages of 10,000";
  static final String SNAPSHOT = "1 M keys: etcdctl snapshot save";
  static final String RESTART = "1 M keys: restart to first linearizable read";
  static final String RESTART_AFTER_KILL = "1 M keys: the same after kill -9";

  private static final long MILLION = 1_000_000;
  private static final int CLIENTS = 1_000;
  private static final int CONNECTIONS = 100;
  private static final long PAGE_KEYS = 10_000;
  private static final long PAGE_SECONDS = 60;

  @Override
  public String name() {
    return named("1 M keys");
  }

  @Override
  public int members() {
    return 1;
  }

  @Override
  public void run(Run run) {
    Settings settings = run.settings();
    try (Cluster cluster = run.start(1)) {
      load(run, cluster, settings);
      add(run, PAGES, pages(cluster, settings), cluster);
      add(run, SNAPSHOT, cluster.saveSnapshot(), cluster);
      cluster.member(0).stop();
      add(run, RESTART, cluster.restart(0), cluster);
      cluster.member(0).kill();
      add(run, RESTART_AFTER_KILL, cluster.restart(0), cluster);
    }
  }

  private void load(Run run, Cluster cluster, Settings settings) {
    try (var connections = new Connections(List.of(cluster.leader()), CONNECTIONS)) {
      connections.open();
      var meter = new Meter(cluster);
      var puts = Requests.put(new Keys(settings.keySize(), keys, true), settings.valueSize());
      var load = Load.unary(connections, Plan.of(CLIENTS, keys), puts);
      Outcome outcome;
      try (var _ = Comparison.progress(load::answered, "keys", keys)) {
        outcome = load.run();
      }
      LoadScenario.checkAll(outcome);
      run.add(
          new Case(1, named(LOAD)), meter.read(outcome).with(Figure.SECONDS, outcome.seconds()));
    }
  }

  /// Reads all keys, page after page; what the pages hold is known, so only their length is read.
  private double pages(Cluster cluster, Settings settings) {
    var ofAll = new Keys(settings.keySize(), keys, true);
    try (var connections = new Connections(List.of(cluster.leader()), 1)) {
      connections.open();
      long begun = System.nanoTime();
      for (long first = 0; first < keys; first += PAGE_KEYS) {
        byte[] from = new byte[ofAll.size()];
        ofAll.write(first, from, 0);
        byte[] request =
            RangeRequest.newBuilder()
                .setKey(ByteString.copyFrom(from))
                .setRangeEnd(ByteString.copyFrom(new byte[1]))
                .setLimit(PAGE_KEYS)
                .build()
                .toByteArray();
        int bytes =
            ClientCalls.blockingUnaryCall(
                connections.channel(0),
                RawCalls.unary(KVGrpc.getRangeMethod()),
                CallOptions.DEFAULT.withDeadlineAfter(PAGE_SECONDS, TimeUnit.SECONDS),
                request);
        long least = Math.min(PAGE_KEYS, keys - first) * (ofAll.size() + settings.valueSize());
        if (bytes < least) {
          throw new IllegalStateException(
              "the page at key %d has %d bytes; its keys and values have %d"
                  .formatted(first, bytes, least));
        }
      }
      return (System.nanoTime() - begun) / 1e9;
    }
  }

  private void add(Run run, String name, double seconds, Cluster cluster) {
    run.add(
        new Case(1, named(name)),
        new Results.Measurement()
            .with(Figure.SECONDS, seconds)
            .with(Figure.RESIDENT, cluster.residentMegabytes()));
  }

  private String named(String name) {
    String count =
        keys % MILLION == 0 ? keys / MILLION + " M" : String.format(Locale.ROOT, "%,d", keys);
    return name.replace("1 M", count);
  }
}
