package io.kvorum.node.sim;

import io.kvorum.node.core.raft.MemberId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Links between members that delay, lose, double, reorder and break.
final class Network {
  private record Link(MemberId from, MemberId to) {}

  private final Schedule schedule;
  private final RandomGenerator random;
  private final Climate climate;
  private final List<Link> cuts = new ArrayList<>();
  private final Map<Link, Long> lastArrival = new HashMap<>();
  private boolean calm;

  Network(Schedule schedule, RandomGenerator random, Climate climate) {
    this.schedule = schedule;
    this.random = random;
    this.climate = climate;
  }

  /// Delivers sooner or later, perhaps twice; or calls `lost`.
  void send(MemberId from, MemberId to, Runnable arrives, Runnable lost) {
    Link link = new Link(from, to);
    if (!calm && random.nextDouble() < climate.loss()) {
      lost.run();
      return;
    }
    travel(link, arrives, lost);
    if (!calm && random.nextDouble() < climate.duplication()) {
      travel(link, arrives, () -> {});
    }
  }

  private void travel(Link link, Runnable arrives, Runnable lost) {
    long delay = random.nextInt(1, calm ? 5 : climate.maxDelay());
    if (climate.orderedLinks()) {
      long arrival = Math.max(lastArrival.getOrDefault(link, 0L) + 1, schedule.now() + delay);
      lastArrival.put(link, arrival);
      delay = arrival - schedule.now();
    }
    schedule.in(delay, () -> (cuts.contains(link) ? lost : arrives).run());
  }

  /// Breaks one direction for a while.
  void cut(MemberId from, MemberId to, long duration) {
    Link link = new Link(from, to);
    cuts.add(link);
    schedule.in(duration, () -> cuts.remove(link));
  }

  /// From now on everything arrives, soon and once.
  void calm() {
    calm = true;
    cuts.clear();
  }
}
