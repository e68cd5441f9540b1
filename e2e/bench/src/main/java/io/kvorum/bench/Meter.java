package io.kvorum.bench;

import java.lang.management.ManagementFactory;
import java.util.OptionalDouble;

/// What a cluster and this program have used since the meter was made; of the disk, what everybody
/// has.
final class Meter {

  private final Cluster cluster;
  private final double cpuSeconds;
  private final double ownCpuSeconds = ownCpuSeconds();
  private final OptionalDouble writtenBytes;

  Meter(Cluster cluster) {
    this.cluster = cluster;
    this.cpuSeconds = cluster.cpuSeconds();
    this.writtenBytes = cluster.writtenBytes();
  }

  Results.Measurement read(Outcome outcome) {
    return read(outcome.ratePerSecond(), outcome.latencies(), outcome.failed());
  }

  Results.Measurement read(double ratePerSecond, LatencyHistogram latencies, long failed) {
    double requests = Math.max(1, latencies.total());
    double thousands = requests / 1000;
    var measurement = new Results.Measurement();
    OptionalDouble written = cluster.writtenBytes();
    if (writtenBytes.isPresent() && written.isPresent()) {
      measurement.with(
          Figure.WRITTEN, (written.getAsDouble() - writtenBytes.getAsDouble()) / requests);
    }
    return measurement
        .with(Figure.RATE, ratePerSecond)
        .with(Figure.P50, latencies.percentileMillis(0.5))
        .with(Figure.P99, latencies.percentileMillis(0.99))
        .with(Figure.P999, latencies.percentileMillis(0.999))
        .with(Figure.CPU, (cluster.cpuSeconds() - cpuSeconds) / thousands)
        .with(Figure.LOAD_CPU, (ownCpuSeconds() - ownCpuSeconds) / thousands)
        .with(Figure.RESIDENT, cluster.residentMegabytes())
        .with(Figure.FAILED, (double) failed);
  }

  private static double ownCpuSeconds() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime() / 1e9
        : 0;
  }
}
