package io.kvorum.node.dns;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/// Where a service is: what one SRV record says. The host has no dot at its end.
public record Target(int priority, int weight, int port, String host)
    implements Comparable<Target> {

  private static final Comparator<Target> ORDER =
      Comparator.comparingInt(Target::priority)
          .thenComparing(Target::host)
          .thenComparingInt(Target::port)
          .thenComparingInt(Target::weight);

  /// Reads `priority weight port host.`, as the JDK writes a record.
  ///
  /// @throws IllegalArgumentException when it is something else
  static Target parse(String record) {
    String[] words = record.strip().split("\\s+", -1);
    if (words.length != 4) {
      throw new IllegalArgumentException("no SRV record: " + record);
    }
    String host = words[3];
    return new Target(
        Integer.parseInt(words[0]),
        Integer.parseInt(words[1]),
        Integer.parseInt(words[2]),
        host.endsWith(".") ? host.substring(0, host.length() - 1) : host);
  }

  /// As a client should try them: the lowest priority first, and among equals one with twice the
  /// weight comes first twice as often.
  public static List<Target> shuffled(List<Target> targets, RandomGenerator random) {
    var left = new ArrayList<>(targets);
    left.sort(null);
    var shuffled = new ArrayList<Target>();
    while (!left.isEmpty()) {
      int priority = left.getFirst().priority();
      List<Target> equals = left.stream().filter(target -> target.priority() == priority).toList();
      Target next = drawn(equals, random);
      left.remove(next);
      shuffled.add(next);
    }
    return shuffled;
  }

  /// One of several; those without weight come up now and then, too.
  private static Target drawn(List<Target> targets, RandomGenerator random) {
    int ticket = random.nextInt(targets.stream().mapToInt(target -> target.weight() + 1).sum());
    for (Target target : targets) {
      ticket -= target.weight() + 1;
      if (ticket < 0) {
        return target;
      }
    }
    throw new IllegalStateException("a ticket nobody sold");
  }

  @Override
  public int compareTo(Target other) {
    return ORDER.compare(this, other);
  }
}
