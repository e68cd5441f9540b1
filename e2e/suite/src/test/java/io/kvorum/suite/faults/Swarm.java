package io.kvorum.suite.faults;

import io.kvorum.suite.history.Workload;
import io.kvorum.testkit.Await;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Faults drawn from a seed: which kinds at all, so that those chosen come often, and then one or
/// two at a time, again and again. Between them the cluster must serve.
final class Swarm {

  /// Liveness: so many writes are acknowledged behind each fault.
  private static final long WRITES_BETWEEN = 20;

  private final SplittableRandom random;
  private final List<Class<?>> kinds = new ArrayList<>();
  private final Map<String, Integer> done = new TreeMap<>();
  private final List<String> timeline = new ArrayList<>();

  Swarm(long seed, int size) {
    random = new SplittableRandom(seed);
    for (Fault fault : Fault.one(random, size)) {
      if (random.nextBoolean()) {
        kinds.add(fault.getClass());
      }
    }
    if (kinds.isEmpty()) {
      kinds.add(Fault.Kill.class);
    }
  }

  /// How often each kind came.
  Map<String, Integer> done() {
    return done;
  }

  /// What was done, in order.
  List<String> timeline() {
    return timeline;
  }

  /// One fault or two, and the healing.
  void strike(Cluster cluster, Workload load) throws IOException {
    Fault first = draw(cluster.size());
    begin(first, cluster);
    if (!first.isAlone() && random.nextInt(3) == 0) {
      Fault second = draw(cluster.size());
      if (!second.isAlone() && !(second instanceof Fault.MoveLeader)) {
        begin(second, cluster);
      }
    }
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextLong(100, 3_000)));
    cluster.heal();
    long wanted = load.acknowledged() + WRITES_BETWEEN;
    Await.until(
        "writes are acknowledged behind " + timeline.getLast(),
        Cluster.BOUND,
        () -> load.acknowledged() >= wanted);
  }

  private Fault draw(int size) {
    List<Fault> possible =
        Fault.one(random, size).stream().filter(fault -> kinds.contains(fault.getClass())).toList();
    return possible.get(random.nextInt(possible.size()));
  }

  private void begin(Fault fault, Cluster cluster) throws IOException {
    timeline.add(fault.toString());
    done.merge(fault.getClass().getSimpleName(), 1, Integer::sum);
    fault.begin(cluster);
  }
}
