package io.kvorum.bench;

import java.util.SequencedMap;
import java.util.SortedMap;

/// What a load measured.
///
/// @param latencies of all requests that succeeded
/// @param kinds the same for each kind of request, where there are several
/// @param errors how often each error came
record Outcome(
    double seconds,
    LatencyHistogram latencies,
    SequencedMap<String, LatencyHistogram> kinds,
    SortedMap<String, Long> errors) {

  double ratePerSecond() {
    return latencies.total() / seconds;
  }

  long failed() {
    return errors.values().stream().mapToLong(Long::longValue).sum();
  }
}
