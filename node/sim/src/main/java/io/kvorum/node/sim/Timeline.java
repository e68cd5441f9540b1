package io.kvorum.node.sim;

import java.util.ArrayDeque;

/// The latest events of a run, rendered only when one wants to read them.
final class Timeline {
  private static final int KEPT_EVENTS = 2_000;

  private record Event(long time, Object subject, String what, Object whom, Object detail) {}

  private final Schedule schedule;
  private final ArrayDeque<Event> events = new ArrayDeque<>();

  Timeline(Schedule schedule) {
    this.schedule = schedule;
  }

  void add(Object subject, String what, Object detail) {
    add(subject, what, "", detail);
  }

  /// Nothing is made text of before somebody wants to read it.
  void add(Object subject, String what, Object whom, Object detail) {
    if (events.size() == KEPT_EVENTS) {
      events.remove();
    }
    events.add(new Event(schedule.now(), subject, what, whom, detail));
  }

  String render() {
    StringBuilder text = new StringBuilder();
    for (Event event : events) {
      text.append(
          String.format(
              "%8.2f  %s %s %s %s%n",
              event.time / 100.0, event.subject, event.what, event.whom, event.detail));
    }
    return text.toString();
  }
}
