package io.kvorum.node.sim;

import java.util.PriorityQueue;

/// What will happen, and when: the only clock of a simulation.
final class Schedule {
  private record Event(long time, long sequence, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(time, other.time);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long now;
  private long sequence;

  long now() {
    return now;
  }

  void in(long delay, Runnable action) {
    events.add(new Event(now + delay, sequence++, action));
  }

  /// Lets everything happen until this time.
  void runUntil(long time) {
    while (!events.isEmpty() && events.element().time <= time) {
      Event event = events.remove();
      now = event.time;
      event.action.run();
    }
    now = time;
  }
}
