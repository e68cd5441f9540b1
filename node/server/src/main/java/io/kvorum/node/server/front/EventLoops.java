package io.kvorum.node.server.front;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/// The threads that read and write sockets: Linux's epoll where its library loads, else the JDK's
/// selectors.
public final class EventLoops implements AutoCloseable {

  private static final long QUIET_MILLIS = 0;
  private static final long SHUTDOWN_MILLIS = 2_000;

  private final EventLoopGroup group;
  private final Class<? extends ServerChannel> serverChannel;

  private EventLoops(
      String name, IoHandlerFactory transport, Class<? extends ServerChannel> serverChannel) {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    this.group =
        new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name), transport);
    this.serverChannel = serverChannel;
  }

  /// One loop for every two processors: the stages and RocksDB's threads need the others, and calls
  /// spread over more loops come back in more, smaller batches.
  public static EventLoops start(String name) {
    return Epoll.isAvailable()
        ? new EventLoops(name, EpollIoHandler.newFactory(), EpollServerSocketChannel.class)
        : startOnSelectors(name);
  }

  /// As `start`, on the JDK's selectors: for connections of which one direction may end long before
  /// the other. On epoll such a connection has been seen to end while bytes still waited.
  public static EventLoops startOnSelectors(String name) {
    return new EventLoops(name, NioIoHandler.newFactory(), NioServerSocketChannel.class);
  }

  public EventLoopGroup group() {
    return group;
  }

  public Class<? extends ServerChannel> serverChannel() {
    return serverChannel;
  }

  public boolean nativeTransport() {
    return serverChannel == EpollServerSocketChannel.class;
  }

  @Override
  public void close() {
    group
        .shutdownGracefully(QUIET_MILLIS, SHUTDOWN_MILLIS, TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(SHUTDOWN_MILLIS);
  }
}
