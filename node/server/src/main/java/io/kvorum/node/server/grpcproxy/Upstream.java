package io.kvorum.node.server.grpcproxy;

import static io.kvorum.node.server.config.StartFailure.configuration;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.NameResolverRegistry;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.node.server.config.Endpoint;
import io.kvorum.node.server.config.RelayConfig;
import io.kvorum.node.server.front.EventLoops;
import io.kvorum.node.server.tls.DialledTls;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The way to the members: one connection to each, of which the calls take those that are up and
/// say that they serve, in turn.
final class Upstream implements AutoCloseable {

  /// A connection that takes longer is tried again.
  private static final int CONNECT_TIMEOUT_MILLIS = 2_000;

  /// How often members that are down are tried: gRPC alone would come to wait minutes.
  private static final long RETRY_SECONDS = 2;

  /// Unread bytes of one stream that a slow client has the proxy hold.
  private static final int FLOW_WINDOW_BYTES = 256 << 10;

  /// All headers of an answer.
  private static final int MAX_METADATA_BYTES = 64 << 10;

  /// Members that know the health service are believed; others are taken to serve.
  private static final Map<String, ?> IN_TURN =
      Map.of(
          "loadBalancingConfig",
          List.of(Map.of("round_robin", Map.of())),
          "healthCheckConfig",
          Map.of("serviceName", ""));

  private final Members members;
  private final ManagedChannel channel;
  private final @Nullable SslContext tls;
  private final ScheduledFuture<?> retrying;

  private Upstream(
      Members members, RelayConfig.Dialling dialling, EventLoops loops, @Nullable SslContext tls) {
    this.members = members;
    this.tls = tls;
    NameResolverRegistry.getDefaultRegistry().register(members);
    NettyChannelBuilder builder =
        NettyChannelBuilder.forTarget(Members.SCHEME + ":///members")
            .eventLoopGroup(loops.group())
            .channelType(
                loops.nativeTransport() ? EpollSocketChannel.class : NioSocketChannel.class)
            .directExecutor()
            .defaultServiceConfig(IN_TURN)
            .disableServiceConfigLookUp()
            .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
            .withOption(ChannelOption.TCP_NODELAY, true)
            .flowControlWindow(FLOW_WINDOW_BYTES)
            .maxInboundMessageSize(dialling.maxAnswerBytes())
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .idleTimeout(Long.MAX_VALUE, TimeUnit.DAYS);
    if (!dialling.keepAliveTime().isZero()) {
      builder
          .keepAliveTime(dialling.keepAliveTime().toNanos(), TimeUnit.NANOSECONDS)
          .keepAliveTimeout(dialling.keepAliveTimeout().toNanos(), TimeUnit.NANOSECONDS)
          .keepAliveWithoutCalls(dialling.pingsWithoutCalls());
    }
    if (tls == null) {
      builder.negotiationType(NegotiationType.PLAINTEXT);
    } else {
      builder.negotiationType(NegotiationType.TLS).sslContext(tls);
    }
    this.channel = builder.build();
    this.retrying =
        loops
            .group()
            .next()
            .scheduleWithFixedDelay(
                channel::resetConnectBackoff, RETRY_SECONDS, RETRY_SECONDS, TimeUnit.SECONDS);
    var _ = channel.getState(true);
  }

  /// Connects as endpoints and flags say: a scheme decides on TLS, without one any file does.
  static Upstream open(List<Endpoint> endpoints, RelayConfig.Dialling dialling, EventLoops loops) {
    boolean secure = isSecure(endpoints.getFirst(), dialling);
    for (Endpoint endpoint : endpoints) {
      if (isSecure(endpoint, dialling) != secure) {
        throw configuration("some endpoints are reached by TLS and some are not: " + endpoints);
      }
    }
    return new Upstream(
        new Members(endpoints),
        dialling,
        loops,
        secure ? DialledTls.ofProxy(dialling.tls()) : null);
  }

  private static boolean isSecure(Endpoint endpoint, RelayConfig.Dialling dialling) {
    return switch (endpoint.scheme()) {
      case HTTP -> false;
      case HTTPS -> true;
      case NONE ->
          !dialling.tls().certificate().isEmpty()
              || !dialling.tls().authorities().isEmpty()
              || dialling.tls().trustsAll();
    };
  }

  Channel channel() {
    return channel;
  }

  Members members() {
    return members;
  }

  /// Whether members are reached by TLS.
  boolean isSecure() {
    return tls != null;
  }

  @Override
  public void close() {
    retrying.cancel(false);
    channel.shutdownNow();
    NameResolverRegistry.getDefaultRegistry().deregister(members);
    try {
      channel.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
