package io.kvorum.node.sim;

import io.kvorum.node.core.raft.MemberId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// Links between members that delay, lose, double, reorder and break.
final class Network {
  private record Link(MemberId from, MemberId to) implements Comparable<Link> {
    @Override
    public int compareTo(Link other) {
      return Comparator.comparing(Link::from).thenComparing(Link::to).compare(this, other);
    }
  }

  private static final class Line {
    final RandomGenerator random;
    long lastArrival;

    Line(RandomGenerator random) {
      this.random = random;
    }
  }

  private final Schedule schedule;
  private final Randomness randomness;
  private final Climate climate;
  private final List<Link> cuts = new ArrayList<>();
  private final Map<Link, Line> lines = new TreeMap<>();
  private boolean calm;

  Network(Schedule schedule, Randomness randomness, Climate climate) {
    this.schedule = schedule;
    this.randomness = randomness;
    this.climate = climate;
  }

  private Line line(Link link) {
    return lines.computeIfAbsent(
        link,
        _ ->
            new Line(
                randomness.stream(
                    Randomness.Purpose.LINK, link.from.value() * 1_000 + link.to.value())));
  }

  /// Delivers sooner or later, perhaps twice; or calls `lost`.
  void send(MemberId from, MemberId to, Runnable arrives, Runnable lost) {
    Link link = new Link(from, to);
    RandomGenerator random = line(link).random;
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
    Line line = line(link);
    long delay = line.random.nextInt(1, calm ? 5 : climate.maxDelay());
    if (climate.orderedLinks()) {
      long arrival = Math.max(line.lastArrival + 1, schedule.now() + delay);
      line.lastArrival = arrival;
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

  /// Whether a connection between the two can stand.
  boolean connects(MemberId one, MemberId other) {
    return !cuts.contains(new Link(one, other)) && !cuts.contains(new Link(other, one));
  }

  /// From now on everything arrives, soon and once.
  void calm() {
    calm = true;
    cuts.clear();
  }
}
