package io.kvorum.node.server.front;

import io.grpc.ServerServiceDefinition;
import io.kvorum.node.server.ClientFront;
import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.Url;
import io.kvorum.node.server.gateway.Gateway;
import io.kvorum.node.server.http.HttpPages;
import io.kvorum.node.server.metrics.MemberMetrics;
import io.kvorum.node.server.tls.AcceptingTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The member's face: client ports with gRPC and HTTP, ports with HTTP alone, and ports with health
/// and metrics.
///
/// The metrics ports open as soon as the member runs; the client ports open when it has joined.
public final class Front implements ClientFront {

  private static final Logger LOG = LoggerFactory.getLogger("front");

  private final NodeConfig config;
  private final MemberMetrics metrics;
  private final Ports ports;

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
    this.metrics = metrics;
    this.ports =
        new Ports(
            loops,
            metrics.grpc(),
            tls,
            new Ports.Limits(maxMessageBytes(), config.calls(), config.listen().reusePort()),
            patience);
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
        throw Ports.cannotListen(url.text(), e);
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
    LOG.atInfo()
        .addKeyValue("listen-client-urls", config.listen().clientUrls())
        .log("serving clients");
  }

  @Override
  public void close(long deadlineMillis) {
    ports.close(deadlineMillis);
  }

  private int maxMessageBytes() {
    return config.limits().maxRequestBytes() + Ports.GRPC_OVERHEAD_BYTES;
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
    ports.listen(url.text(), address(url), url.secure(), new Ports.Content(services, pages));
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
