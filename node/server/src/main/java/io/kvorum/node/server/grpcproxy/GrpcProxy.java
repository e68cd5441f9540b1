package io.kvorum.node.server.grpcproxy;

import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.server.config.Endpoint;
import io.kvorum.node.server.config.RelayConfig;
import io.kvorum.node.server.discovery.ClientEndpoints;
import io.kvorum.node.server.discovery.ClientEndpoints.Preferred;
import io.kvorum.node.server.front.EventLoops;
import io.kvorum.node.server.front.Front;
import io.kvorum.node.server.front.Ports;
import io.kvorum.node.server.metrics.ProxyMetrics;
import io.kvorum.node.server.tls.AcceptingTls;
import io.kvorum.node.server.tls.TlsPlanes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running gRPC proxy.
public final class GrpcProxy implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(GrpcProxy.class);

  /// How long calls may go on that are open when the proxy stops.
  private static final long DRAIN_MILLIS = 2_000;

  private final EventLoops loops = EventLoops.start("proxy-io");
  private final Upstream upstream;
  private final Ports ports;

  /// Closes what runs beside the ports.
  private final List<Runnable> companions = new ArrayList<>();

  private GrpcProxy(RelayConfig.GrpcProxy config) {
    AcceptingTls tls = listeningTls(config);
    List<Endpoint> endpoints =
        ClientEndpoints.find(config.members(), config.dialling().tls().authorities()).stream()
            .map(Preferred::endpoint)
            .toList();
    this.upstream = Upstream.open(endpoints, config.dialling(), loops);
    var cache = new RangeCache(System::nanoTime);
    var metrics = new ProxyMetrics(cache::size);
    Namespace namespace = Namespace.of(config.namespace());
    var means =
        new MemberStream.Means(upstream.channel(), loops.group().next(), namespace, metrics);
    var keys = new KeyCalls(namespace, cache, metrics);
    List<ServerServiceDefinition> services =
        Services.of(
            own(config, means),
            method -> new Forwarding(upstream.channel(), method, keys.of(method)));
    metrics.grpc().register(services);
    this.ports =
        new Ports(
            loops,
            metrics.grpc(),
            tls,
            new Ports.Limits(
                config.maxRequestBytes() + Ports.GRPC_OVERHEAD_BYTES, config.calls(), false));
    var pages = new ProxyPages(upstream, config.dialling(), metrics);
    ports.listen(
        config.listen().toString(),
        config.listen().listenAddress(),
        tls != null,
        new Ports.Content(services, pages));
    config
        .metrics()
        .forEach(url ->
            ports.listen(
                url.text(), Front.address(url), url.secure(), new Ports.Content(List.of(), pages)));
    config
        .registration()
        .ifPresent(registration ->
            companions.add(
                new Registrant(upstream.channel(), namespace, registration, config.advertised())
                    ::close));
    if (!config.syncInterval().isZero()) {
      companions.add(new MemberSync(upstream, config.syncInterval())::close);
    }
    LOG.atInfo()
        .addKeyValue("listen-addr", config.listen())
        .addKeyValue("endpoints", endpoints)
        .log("gRPC proxy: serving clients");
  }

  /// Opens its ports.
  public static GrpcProxy start(RelayConfig.GrpcProxy config) {
    return new GrpcProxy(config);
  }

  /// The methods that are more than forwarded.
  private static Map<String, ServerCallHandler<Frame, Frame>> own(
      RelayConfig.GrpcProxy config, MemberStream.Means means) {
    var own = new HashMap<String, ServerCallHandler<Frame, Frame>>();
    own.put(
        WatchGrpc.getWatchMethod().getFullMethodName(), new WatchCalls(new SharedWatches(means)));
    own.put(LeaseGrpc.getLeaseKeepAliveMethod().getFullMethodName(), new Renewals(means));
    if (!config.advertised().isEmpty()) {
      own.put(
          ClusterGrpc.getMemberListMethod().getFullMethodName(),
          new MemberLists(
              means.members(), means.namespace(), config.advertised(), config.registration()));
    }
    return own;
  }

  private static @Nullable AcceptingTls listeningTls(RelayConfig.GrpcProxy config) {
    Path folder = Path.of(config.dataDir()).toAbsolutePath().resolve("fixtures").resolve("proxy");
    String host = config.listen().host();
    return TlsPlanes.listening(
        config.tls(), folder, host.isEmpty() ? List.of("localhost") : List.of(host));
  }

  @Override
  public void close() {
    companions.forEach(Runnable::run);
    ports.close(DRAIN_MILLIS);
    upstream.close();
    loops.close();
  }
}
