package io.kvorum.bench;

import java.time.Duration;

/// How much load to make.
///
/// @param clients logical clients, each with one request at a time
/// @param total how many requests at most; 0 for no limit
/// @param duration for how long at most; zero for no limit
/// @param rate requests a second of all clients together; 0 for as fast as they are answered
record Plan(int clients, long total, Duration duration, double rate) {

  Plan {
    if (clients < 1) {
      throw new IllegalArgumentException(
          "--clients is %d; it must be 1 or more".formatted(clients));
    }
    if (total < 0 || rate < 0) {
      throw new IllegalArgumentException("--total and --rate must not be negative");
    }
    if (total == 0 && duration.isZero()) {
      throw new IllegalArgumentException("one of --total and --duration is needed");
    }
  }

  /// The same plan counted in what each request brings about.
  Plan times(long factor) {
    return new Plan(clients, total * factor, duration, rate * factor);
  }

  /// So many requests, as fast as they are answered.
  static Plan of(int clients, long total) {
    return new Plan(clients, total, Duration.ZERO, 0);
  }

  /// As many requests as are answered in a time.
  static Plan during(int clients, Duration duration) {
    return new Plan(clients, 0, duration, 0);
  }
}
