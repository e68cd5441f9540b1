package io.kvorum.node.server.metrics;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/// The metrics of a gRPC proxy: its calls, what it spared the members, and its process.
public final class ProxyMetrics implements MetricsText {

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final MetricsPage page = new MetricsPage(registry);
  private final GrpcMetrics grpc = new GrpcMetrics(registry, false);

  /// Watches of clients that are open.
  public final LongAdder watchers = new LongAdder();

  /// Watches of clients that get what another one's watch brings.
  public final LongAdder sharedWatchers = new LongAdder();

  /// Watches that the proxy has open on members.
  public final LongAdder upstreamWatchers = new LongAdder();

  /// Events that were sent to clients without having been read from a member for them alone.
  public final LongAdder sharedEvents = new LongAdder();

  public final LongAdder cacheHits = new LongAdder();
  public final LongAdder cacheMisses = new LongAdder();

  /// Renewals of leases that clients asked for, and that members were asked for.
  public final LongAdder renewalsAsked = new LongAdder();

  public final LongAdder renewalsSent = new LongAdder();

  /// @param cachedKeys how many reads are kept
  public ProxyMetrics(DoubleSupplier cachedKeys) {
    gauge("etcd_grpc_proxy_watchers_coalescing_total", "Watches that share one.", sharedWatchers);
    counter("etcd_grpc_proxy_events_coalescing_total", "Events that were shared.", sharedEvents);
    gauge("etcd_grpc_proxy_cache_keys_total", "Reads that are kept.", cachedKeys);
    counter("etcd_grpc_proxy_cache_hits_total", "Reads answered from memory.", cacheHits);
    counter("etcd_grpc_proxy_cache_misses_total", "Reads not found there.", cacheMisses);
    gauge("kvorum_grpc_proxy_watchers", "Watches of clients.", watchers);
    gauge("kvorum_grpc_proxy_upstream_watchers", "Watches on members.", upstreamWatchers);
    counter("kvorum_grpc_proxy_renewals_asked_total", "Renewals of leases asked.", renewalsAsked);
    counter("kvorum_grpc_proxy_renewals_sent_total", "Renewals of leases sent on.", renewalsSent);
    ProcessMetrics.register(registry);
  }

  /// The counter of gRPC calls, for the server to call.
  public GrpcMetrics grpc() {
    return grpc;
  }

  private void gauge(String name, String help, LongAdder value) {
    gauge(name, help, value::doubleValue);
  }

  private void gauge(String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsDouble()))
        .register(registry);
  }

  private void counter(String name, String help, LongAdder value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.doubleValue()))
        .register(registry);
  }

  @Override
  public Page scrape(String accept) {
    return page.scrape(accept);
  }
}
