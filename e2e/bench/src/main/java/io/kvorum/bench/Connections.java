package io.kvorum.bench;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Open connections to the endpoints, in turn, all on one event loop: calls and their answers run
/// there and nowhere else.
final class Connections implements AutoCloseable {

  private static final long CONNECT_TIMEOUT_SECONDS = 20;
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private final EventLoopGroup loop;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private List<? extends Channel> calls = channels;

  /// To members that speak in clear and ask nobody who they are.
  Connections(List<Endpoint> endpoints, int count) {
    this(endpoints, count, new Security());
  }

  Connections(List<Endpoint> endpoints, int count, Security security) {
    boolean epoll = Epoll.isAvailable();
    loop =
        new MultiThreadIoEventLoopGroup(
            1, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    for (int i = 0; i < count; i++) {
      Endpoint endpoint = endpoints.get(i % endpoints.size());
      NettyChannelBuilder builder =
          NettyChannelBuilder.forAddress(new InetSocketAddress(endpoint.host(), endpoint.port()))
              .eventLoopGroup(loop)
              .channelType(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
              .directExecutor()
              .disableRetry()
              .maxInboundMessageSize(MAX_MESSAGE_BYTES);
      security.applyTo(builder, endpoint);
      channels.add(builder.build());
    }
    security.authenticate(channels.getFirst()).ifPresent(this::sendWithEveryCall);
  }

  private void sendWithEveryCall(ClientInterceptor credentials) {
    calls = channels.stream().map(each -> ClientInterceptors.intercept(each, credentials)).toList();
  }

  /// Opens every connection; fails with the status of the first that does not answer.
  void open() {
    RangeRequest request =
        RangeRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8("0"))
            .setSerializable(true)
            .setCountOnly(true)
            .build();
    for (Channel channel : calls) {
      try {
        var _ =
            KVGrpc.newBlockingStub(channel)
                .withWaitForReady()
                .withDeadlineAfter(CONNECT_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .range(request);
      } catch (StatusRuntimeException e) {
        throw new IllegalStateException(
            "no answer from %s within %d s (%s)"
                .formatted(channel.authority(), CONNECT_TIMEOUT_SECONDS, e.getStatus().getCode()),
            e);
      }
    }
  }

  Channel channel(int client) {
    return calls.get(client % calls.size());
  }

  EventLoopGroup loop() {
    return loop;
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
