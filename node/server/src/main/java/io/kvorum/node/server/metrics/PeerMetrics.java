package io.kvorum.node.server.metrics;

import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.api.PeerCounters;
import io.kvorum.node.server.api.Timings;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/// The metrics of a member's traffic with each other one, under etcd's names and labels.
final class PeerMetrics {

  private final PrometheusRegistry registry;
  private final Supplier<Optional<MemberStatus>> source;

  /// @param source the member, once it is there
  PeerMetrics(PrometheusRegistry registry, Supplier<Optional<MemberStatus>> source) {
    this.registry = registry;
    this.source = source;
  }

  void register() {
    counter(
        "etcd_network_peer_sent_bytes_total", "Bytes sent.", "To", p -> p.bytesSent.doubleValue());
    counter(
        "etcd_network_peer_received_bytes_total",
        "Bytes received.",
        "From",
        peer -> peer.bytesReceived.doubleValue());
    counter(
        "etcd_network_peer_sent_failures_total",
        "Messages that were dropped.",
        "To",
        peer -> peer.messagesDropped.doubleValue());
    single(
        "etcd_network_snapshot_send_success", "Snapshots sent.", "To", peer -> peer.snapshotsSent);
    single(
        "etcd_network_snapshot_receive_success",
        "Snapshots received.",
        "From",
        peer -> peer.snapshotsReceived);
    single(
        "etcd_network_snapshot_receive_failures",
        "Snapshots that were not received to their end.",
        "From",
        peer -> peer.snapshotsLost);
    CounterWithCallback.builder()
        .name("etcd_network_disconnected_peers_total")
        .help("Times that a connection was lost.")
        .labelNames("Local", "Remote")
        .callback(callback ->
            each((own, id, peer) -> callback.call(peer.disconnections.doubleValue(), own, id)))
        .register(registry);
    gauge(
        "etcd_network_active_peers", "Connected members.", peer -> peer.connections.doubleValue());
    gauge("etcd_network_known_peers", "Known members.", _ -> 1);
    registry.register((Collector) this::roundTrips);
  }

  private void counter(
      String name, String help, String label, ToDoubleFunction<PeerCounters> value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(label)
        .callback(callback -> each((_, id, peer) -> callback.call(value.applyAsDouble(peer), id)))
        .register(registry);
  }

  /// A count whose name does not end as the library wants that of a counter.
  private void single(
      String name, String help, String label, Function<PeerCounters, LongAdder> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(label)
        .callback(
            callback -> each((_, id, peer) -> callback.call(value.apply(peer).doubleValue(), id)))
        .register(registry);
  }

  private void gauge(String name, String help, ToDoubleFunction<PeerCounters> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("Local", "Remote")
        .callback(
            callback -> each((own, id, peer) -> callback.call(value.applyAsDouble(peer), own, id)))
        .register(registry);
  }

  /// Heartbeats go from the leader, so that only a leader has round trips.
  private MetricSnapshot roundTrips() {
    HistogramSnapshot.Builder histogram =
        HistogramSnapshot.builder()
            .name("etcd_network_peer_round_trip_time_seconds")
            .help("Time from a leader's heartbeat to its answer.");
    each((_, id, peer) -> histogram.dataPoint(point(peer.roundTrips.read(), Labels.of("To", id))));
    return histogram.build();
  }

  /// What a histogram shows under some labels.
  static HistogramSnapshot.HistogramDataPointSnapshot point(Timings.Read read, Labels labels) {
    double[] bounds = Arrays.copyOf(read.bounds(), read.counts().length);
    bounds[bounds.length - 1] = Double.POSITIVE_INFINITY;
    return HistogramSnapshot.HistogramDataPointSnapshot.builder()
        .labels(labels)
        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, read.counts()))
        .sum(read.sumSeconds())
        .build();
  }

  /// Takes the counters of one other member.
  @FunctionalInterface
  private interface Use {
    void of(String ownId, String id, PeerCounters peer);
  }

  private void each(Use use) {
    source
        .get()
        .ifPresent(member -> {
          String own = Long.toHexString(member.standing().memberId());
          for (Map.Entry<Long, PeerCounters> peer : member.counters().peers.entrySet()) {
            use.of(own, Long.toHexString(peer.getKey()), peer.getValue());
          }
        });
  }
}
