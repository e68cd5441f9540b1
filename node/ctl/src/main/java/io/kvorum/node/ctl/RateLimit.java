package io.kvorum.node.ctl;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// How often each of many may do something: so many times in a minute, all at once if it likes.
final class RateLimit {

  /// Those who did nothing for the longest time are forgotten first.
  private static final int MAX_KNOWN = 10_000;

  private static final double NANOS_PER_MINUTE = TimeUnit.MINUTES.toNanos(1);

  private final int perMinute;
  private final Map<String, Allowance> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Allowance> eldest) {
          return size() > MAX_KNOWN;
        }
      };

  /// What one had left, and when.
  private record Allowance(double left, long nanos) {}

  RateLimit(int perMinute) {
    this.perMinute = perMinute;
  }

  /// Whether somebody may do it now; then it counts.
  synchronized boolean allows(String who, long nowNanos) {
    Allowance before = known.getOrDefault(who, new Allowance(perMinute, nowNanos));
    double left =
        Math.min(
            perMinute, before.left() + (nowNanos - before.nanos()) / NANOS_PER_MINUTE * perMinute);
    boolean allowed = left >= 1;
    known.put(who, new Allowance(allowed ? left - 1 : left, nowNanos));
    return allowed;
  }
}
