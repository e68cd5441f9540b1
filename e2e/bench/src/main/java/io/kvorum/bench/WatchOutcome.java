package io.kvorum.bench;

import java.util.SortedMap;

/// What watchers saw of a load of puts.
///
/// @param seconds from the first put to the last event
/// @param latencies of all events, from the sending of the put
/// @param faults what a watch must not do, and how often it did
record WatchOutcome(
    Outcome puts,
    int watchers,
    double seconds,
    LatencyHistogram latencies,
    SortedMap<String, Long> faults) {

  double ratePerSecond() {
    return latencies.total() / seconds;
  }
}
