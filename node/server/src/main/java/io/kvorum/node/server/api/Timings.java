package io.kvorum.node.server.api;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/// How long something took each time, counted in buckets whose bounds double. Counting takes no
/// lock and allocates nothing.
public final class Timings {
  private final double[] bounds;
  private final LongAdder[] counts;
  private final LongAdder nanos = new LongAdder();

  /// @param firstSeconds the upper bound of the first bucket
  /// @param buckets how many have a bound; one more is for all that took longer
  public Timings(double firstSeconds, int buckets) {
    bounds = new double[buckets];
    for (int i = 0; i < buckets; i++) {
      bounds[i] = firstSeconds * (1L << i);
    }
    counts = new LongAdder[buckets + 1];
    Arrays.setAll(counts, _ -> new LongAdder());
  }

  public void took(long nanoseconds) {
    double seconds = nanoseconds / 1e9;
    int bucket = 0;
    while (bucket < bounds.length && seconds > bounds[bucket]) {
      bucket++;
    }
    counts[bucket].increment();
    nanos.add(nanoseconds);
  }

  /// What was counted so far, each bucket for itself.
  public Read read() {
    return new Read(
        bounds.clone(),
        Arrays.stream(counts).mapToLong(LongAdder::sum).toArray(),
        nanos.sum() / 1e9);
  }

  /// A histogram.
  @SuppressWarnings("ArrayRecordComponent") // handed over, and kept by nobody
  public record Read(double[] bounds, long[] counts, double sumSeconds) {}
}
