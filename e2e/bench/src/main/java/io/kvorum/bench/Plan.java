package io.kvorum.bench;

import java.time.Duration;

/// How much load to make.
///
/// @param clients logical clients, each with one request at a time
/// @param total how many requests at most; 0 for no limit
/// @param duration for how long at most; zero for no limit
/// @param rate requests a second of all clients together; 0 for as fast as they are answered
record Plan(Requests requests, int clients, long total, Duration duration, double rate) {

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
}
