package io.kvorum.bench;

import java.util.Arrays;

/// Counts durations in buckets whose width grows with the duration, so that every percentile is
/// right within about two per cent. Written by one thread.
final class LatencyHistogram {

  /// Each power of two is divided into this many buckets.
  private static final int SUB_BUCKET_BITS = 6;

  private static final int SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
  private static final int BUCKETS = SUB_BUCKETS * (Long.SIZE - SUB_BUCKET_BITS);

  private final long[] counts = new long[BUCKETS];
  private long total;
  private long sumNanos;
  private long maxNanos;

  void record(long nanos) {
    counts[bucket(Math.max(nanos, 0))]++;
    total++;
    sumNanos += nanos;
    maxNanos = Math.max(maxNanos, nanos);
  }

  void add(LatencyHistogram other) {
    Arrays.setAll(counts, i -> counts[i] + other.counts[i]);
    total += other.total;
    sumNanos += other.sumNanos;
    maxNanos = Math.max(maxNanos, other.maxNanos);
  }

  long total() {
    return total;
  }

  double meanMillis() {
    return total == 0 ? 0 : sumNanos / 1e6 / total;
  }

  double maxMillis() {
    return maxNanos / 1e6;
  }

  /// The duration that the given share of all durations does not exceed.
  double percentileMillis(double share) {
    long wanted = (long) Math.ceil(share * total);
    long seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
      seen += counts[i];
      if (seen >= wanted && seen > 0) {
        return Math.min(upperNanos(i), maxNanos) / 1e6;
      }
    }
    return 0;
  }

  private static int bucket(long nanos) {
    if (nanos < SUB_BUCKETS) {
      return (int) nanos;
    }
    int shift = Long.SIZE - Long.numberOfLeadingZeros(nanos) - SUB_BUCKET_BITS - 1;
    return (shift << SUB_BUCKET_BITS) + (int) (nanos >>> shift);
  }

  private static long upperNanos(int bucket) {
    if (bucket < SUB_BUCKETS) {
      return bucket;
    }
    int shift = (bucket >>> SUB_BUCKET_BITS) - 1;
    long mantissa = bucket - ((long) shift << SUB_BUCKET_BITS);
    return ((mantissa + 1) << shift) - 1;
  }
}
