package io.kvorum.bench;

import java.util.SortedMap;

/// What a load measured.
///
/// @param errors how often each error came
record Outcome(double seconds, LatencyHistogram latencies, SortedMap<String, Long> errors) {

  double ratePerSecond() {
    return latencies.total() / seconds;
  }

  long failed() {
    return errors.values().stream().mapToLong(Long::longValue).sum();
  }
}
