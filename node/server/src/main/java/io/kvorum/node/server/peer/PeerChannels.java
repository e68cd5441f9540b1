package io.kvorum.node.server.peer;

import io.grpc.ManagedChannel;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.node.server.PeerTls;
import io.kvorum.node.server.tls.RenewingSslContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/// Opens connections to other members.
final class PeerChannels {
  /// A connection that takes longer is tried again.
  private static final int CONNECT_TIMEOUT_MILLIS = 2_000;

  /// Entries on their way in one connection: what a link of 1 GB/s holds in 8 ms.
  private static final int FLOW_CONTROL_WINDOW_BYTES = 8 << 20;

  private static final int KEEP_ALIVE_SECONDS = 10;

  private final EventLoopGroup loops;
  private final Executor callbacks;
  private final Optional<PeerTls> tls;

  PeerChannels(EventLoopGroup loops, Executor callbacks, Optional<PeerTls> tls) {
    this.loops = loops;
    this.callbacks = callbacks;
    this.tls = tls;
  }

  /// A channel that connects when it is first used.
  ManagedChannel open(URI url) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(url.getHost(), url.getPort())
            .eventLoopGroup(loops)
            .channelType(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
            .executor(callbacks)
            .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
            .withOption(ChannelOption.TCP_NODELAY, true)
            .initialFlowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
            .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_SECONDS / 2, TimeUnit.SECONDS)
            .disableRetry();
    if ("https".equals(url.getScheme()) && tls.isPresent()) {
      builder
          .negotiationType(NegotiationType.TLS)
          .sslContext(new RenewingSslContext(tls.get().dialling()));
    } else if ("https".equals(url.getScheme())) {
      builder.negotiationType(NegotiationType.TLS);
    } else {
      builder.negotiationType(NegotiationType.PLAINTEXT);
    }
    return builder.build();
  }
}
