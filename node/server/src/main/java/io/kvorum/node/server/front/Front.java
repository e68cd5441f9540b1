package io.kvorum.node.server.front;

import static io.kvorum.node.server.config.StartFailure.configuration;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.kvorum.node.server.ClientFront;
import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.Url;
import io.kvorum.node.server.gateway.Gateway;
import io.kvorum.node.server.http.HttpPages;
import io.kvorum.node.server.metrics.MemberMetrics;
import io.kvorum.node.server.tls.AcceptingTls;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The member's face: client ports with gRPC and HTTP, ports with HTTP alone, and ports with health
/// and metrics.
///
/// The metrics ports open as soon as the member runs; the client ports open when it has joined.
public final class Front implements ClientFront {

  /// Room for the fields around keys and values, as etcd adds it.
  private static final int GRPC_OVERHEAD_BYTES = 512 * 1024;

  /// All headers of a call; tokens and tracing fit, floods do not.
  private static final int MAX_METADATA_BYTES = 16 * 1024;

  /// Unread bytes a client may have under way on one stream. Fixed: measuring the best size would
  /// cost a ping for every message.
  private static final int FLOW_WINDOW_BYTES = 1024 * 1024;

  /// Connections that wait for being accepted: a thousand clients may come at once.
  private static final int BACKLOG = 1_024;

  /// How long requests in flight may take when the front closes; streams end at once.
  private static final long HTTP_DRAIN_MILLIS = 1_000;

  private final NodeConfig config;
  private final EventLoops loops;
  private final MemberMetrics metrics;
  private final @Nullable AcceptingTls tls;
  private final Patience patience;
  private final Http1Connections http1;
  private final OpenTalks talks = new OpenTalks();
  private final List<Server> servers = new ArrayList<>();

  /// @param tls absent: no listener of this front is secure
  public Front(
      NodeConfig config, EventLoops loops, MemberMetrics metrics, @Nullable AcceptingTls tls) {
    this(config, loops, metrics, tls, Patience.USUAL);
  }

  Front(
      NodeConfig config,
      EventLoops loops,
      MemberMetrics metrics,
      @Nullable AcceptingTls tls,
      Patience patience) {
    this.config = config;
    this.loops = loops;
    this.metrics = metrics;
    this.tls = tls;
    this.patience = patience;
    this.http1 = new Http1Connections(patience);
  }

  /// Fails early, before the member joins anything, when a client port is taken.
  public void requirePortsFree() {
    List<Url> urls = new ArrayList<>(config.listen().clientUrls());
    urls.addAll(config.listen().clientHttpUrls());
    for (Url url : config.listen().reusePort() ? List.<Url>of() : urls) {
      try (var socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(address(url));
      } catch (IOException e) {
        throw cannotListen(url, e);
      }
    }
  }

  /// Opens the ports of `--listen-metrics-urls`.
  public synchronized void openMetrics(MemberStatus status) {
    metrics.observe(status);
    HttpPages pages = new MemberPages(status, metrics, metrics, new MemberPages.Scope.Metrics());
    config.listen().metricsUrls().forEach(url -> listen(url, List.of(), pages));
  }

  @Override
  public synchronized void open(
      List<ServerServiceDefinition> services, HttpPages v2, MemberStatus status) {
    metrics.observe(status);
    metrics.grpc().register(services);
    Gateway gateway =
        config.http().gateway() ? new Gateway(services, metrics.grpc(), maxMessageBytes()) : null;
    var api = new Api(gateway, config.http().v2() ? v2 : null);
    boolean apart = !config.listen().clientHttpUrls().isEmpty();
    for (Url url : config.listen().clientUrls()) {
      listen(url, services, apart ? null : pages(status, url, api));
    }
    for (Url url : config.listen().clientHttpUrls()) {
      listen(url, List.of(), pages(status, url, api));
    }
  }

  @Override
  public void close(long deadlineMillis) {
    List<Server> open;
    synchronized (this) {
      open = List.copyOf(servers);
      servers.clear();
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(deadlineMillis);
    // First HTTP/1.1: gRPC's servers close connections that are not theirs at once.
    talks.drain();
    http1.drain(Math.min(deadlineMillis, HTTP_DRAIN_MILLIS));
    open.forEach(Server::shutdown);
    for (Server server : open) {
      terminate(server, deadline);
    }
  }

  private static void terminate(Server server, long deadline) {
    try {
      if (!server.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        server.shutdownNow();
        server.awaitTermination(1, TimeUnit.SECONDS);
      }
    } catch (InterruptedException _) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private int maxMessageBytes() {
    return config.limits().maxRequestBytes() + GRPC_OVERHEAD_BYTES;
  }

  /// What is served over HTTP beside gRPC, as far as it is switched on.
  private record Api(@Nullable Gateway gateway, @Nullable HttpPages v2) {}

  /// Names that plaintext requests may ask for are checked; a certificate already proves the name.
  private HttpPages pages(MemberStatus status, Url url, Api api) {
    List<String> hosts = url.secure() ? List.of() : config.http().hosts();
    return new MemberPages(
        status,
        metrics,
        metrics,
        new MemberPages.Scope.Clients(
            hosts, new Origins(config.http().origins()), api.gateway(), api.v2()));
  }

  private void listen(Url url, List<ServerServiceDefinition> services, @Nullable HttpPages pages) {
    var protocols =
        new PortProtocols(
            pages, http1, talks, url.secure() ? tls : null, patience, maxMessageBytes());
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address(url), protocols.credentials())
            .bossEventLoopGroup(loops.group())
            .workerEventLoopGroup(loops.group())
            .channelType(loops.serverChannel())
            .directExecutor()
            .addServices(services.stream().map(ReadableCalls::of).toList())
            .addStreamTracerFactory(metrics.grpc())
            // An HTTP/1.1 connection never becomes gRPC's: its own handlers bound it.
            .handshakeTimeout(Long.MAX_VALUE, TimeUnit.MILLISECONDS)
            .maxInboundMessageSize(maxMessageBytes())
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .flowControlWindow(FLOW_WINDOW_BYTES)
            .maxConcurrentCallsPerConnection(config.calls().maxConcurrent())
            .permitKeepAliveTime(nanos(config.calls().pingMinTime()), TimeUnit.NANOSECONDS)
            .permitKeepAliveWithoutCalls(false)
            .withOption(ChannelOption.SO_BACKLOG, BACKLOG);
    if (!config.calls().pingInterval().isZero() && !config.calls().pingTimeout().isZero()) {
      builder
          .keepAliveTime(nanos(config.calls().pingInterval()), TimeUnit.NANOSECONDS)
          .keepAliveTimeout(nanos(config.calls().pingTimeout()), TimeUnit.NANOSECONDS);
    }
    if (config.listen().reusePort() && loops.nativeTransport()) {
      builder.withOption(EpollChannelOption.SO_REUSEPORT, true);
    }
    Server server = builder.build();
    try {
      server.start();
    } catch (IOException e) {
      throw cannotListen(url, e);
    }
    servers.add(server);
  }

  private static long nanos(Duration duration) {
    return duration.toNanos();
  }

  private static RuntimeException cannotListen(Url url, IOException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return configuration("cannot listen on " + url + ": " + cause.getMessage());
  }

  /// The socket address of a listen URL, whose host is an address or localhost.
  public static InetSocketAddress address(Url url) {
    InetAddress address =
        url.host().equals("localhost")
            ? InetAddress.ofLiteral("127.0.0.1")
            : InetAddress.ofLiteral(url.host());
    return new InetSocketAddress(address, url.port());
  }
}
