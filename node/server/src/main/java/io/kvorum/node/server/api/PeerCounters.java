package io.kvorum.node.server.api;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/// What a member counts of its traffic with one other member.
public final class PeerCounters {
  /// The upper bounds of round trips in seconds: 0.1 ms to 3.3 s, doubling, as etcd's.
  private static final double[] BOUNDS = bounds();

  public final LongAdder bytesSent = new LongAdder();
  public final LongAdder bytesReceived = new LongAdder();
  public final LongAdder messagesDropped = new LongAdder();
  public final LongAdder disconnections = new LongAdder();

  /// 1 while there is a connection, else 0.
  public final LongAdder connections = new LongAdder();

  private final LongAdder[] roundTrips = new LongAdder[BOUNDS.length + 1];
  private final LongAdder roundTripNanos = new LongAdder();

  public PeerCounters() {
    Arrays.setAll(roundTrips, _ -> new LongAdder());
  }

  private static double[] bounds() {
    double[] bounds = new double[16];
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] = 0.0001 * (1 << i);
    }
    return bounds;
  }

  /// A heartbeat was answered.
  public void answered(long nanos) {
    int bucket = 0;
    while (bucket < BOUNDS.length && nanos / 1e9 > BOUNDS[bucket]) {
      bucket++;
    }
    roundTrips[bucket].increment();
    roundTripNanos.add(nanos);
  }

  /// The round trips by length, each bucket for itself, the last one for all that took longer.
  public RoundTrips roundTrips() {
    return new RoundTrips(
        BOUNDS.clone(),
        Arrays.stream(roundTrips).mapToLong(LongAdder::sum).toArray(),
        roundTripNanos.sum() / 1e9);
  }

  /// A histogram.
  @SuppressWarnings("ArrayRecordComponent") // handed over, and kept by nobody
  public record RoundTrips(double[] bounds, long[] counts, double sumSeconds) {}
}
