package io.kvorum.node.server.tcpgateway;

import static io.kvorum.node.server.config.StartFailure.configuration;

import io.kvorum.node.server.config.Endpoint;
import io.kvorum.node.server.config.RelayConfig;
import io.kvorum.node.server.discovery.ClientEndpoints;
import io.kvorum.node.server.discovery.ClientEndpoints.Preferred;
import io.kvorum.node.server.front.EventLoops;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running gateway: each connection of a client gets one to a member, and bytes go both ways as
/// they come. A member that cannot be reached is left out, and tried again now and then.
public final class TcpGateway implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TcpGateway.class);

  private static final int BACKLOG = 1_024;
  private static final int CONNECT_TIMEOUT_MILLIS = 3_000;

  /// A peer that has vanished without a word is noticed: a silent connection is probed so soon, and
  /// so often again, and ends when nothing comes back for nine times.
  private static final int PROBE_SECONDS = 15;

  private static final Map<ChannelOption<Integer>, Integer> PROBES =
      Map.of(
          NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), PROBE_SECONDS,
          NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), PROBE_SECONDS,
          NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), 9);

  /// Connections at a time: each takes two sockets, and the process has to keep some for itself.
  private static final int MAX_CONNECTIONS = 30_000;

  /// How often it is said, at most, that no sockets are left.
  private static final long COMPLAINT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /// Bytes that one side has not taken before the other is no longer read.
  private static final WriteBufferWaterMark HELD = new WriteBufferWaterMark(32 << 10, 128 << 10);

  private final EventLoops loops;
  private final ListenAddress own;
  private final Remotes remotes;
  private final Channel listener;
  private final AtomicInteger connections = new AtomicInteger();

  /// When it was last said that no sockets are left.
  private final AtomicLong complainedNanos;

  /// A client's connection, with what it has sent.
  private record Arrival(SocketChannel client, Relay relay) {}

  private TcpGateway(RelayConfig.Gateway config, ListenAddress own, List<Preferred> endpoints) {
    this.own = own;
    this.complainedNanos = new AtomicLong(System.nanoTime() - COMPLAINT_NANOS);
    this.loops = EventLoops.startOnSelectors("gateway-io");
    this.remotes = new Remotes(endpoints);
    InetSocketAddress address = config.listen().listenAddress();
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops.group())
            .channel(loops.serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, HELD)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel client) {
                    PROBES.forEach(client.config()::setOption);
                    accept(client);
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loops.close();
      throw configuration(
          "cannot listen on " + config.listen() + ": " + bound.cause().getMessage());
    }
    this.listener = bound.channel();
    long nanos = config.retryDelay().toNanos();
    var _ =
        loops
            .group()
            .next()
            .scheduleWithFixedDelay(this::retry, nanos, nanos, TimeUnit.NANOSECONDS);
    LOG.atInfo()
        .addKeyValue("listen-addr", config.listen())
        .addKeyValue("endpoints", endpoints.stream().map(Preferred::endpoint).toList())
        .log("ready to proxy client requests");
  }

  /// Finds the members and opens its port.
  public static TcpGateway start(RelayConfig.Gateway config) {
    List<Preferred> endpoints = ClientEndpoints.find(config.members(), config.authorities());
    ListenAddress own = own(config.listen());
    for (Preferred remote : endpoints) {
      requireAnother(own, config.listen(), remote.endpoint());
    }
    return new TcpGateway(config, own, endpoints);
  }

  private static ListenAddress own(Endpoint listen) {
    try {
      return ListenAddress.of(listen);
    } catch (UnknownHostException e) {
      throw configuration("cannot resolve the address of " + listen + ": " + e.getMessage());
    }
  }

  /// A gateway that leads to itself would fill the machine with connections.
  private static void requireAnother(ListenAddress own, Endpoint listen, Endpoint remote) {
    if (listen.port() != remote.port()) {
      return;
    }
    try {
      for (InetAddress address : InetAddress.getAllByName(remote.host())) {
        if (own.isMetBy(new InetSocketAddress(address, remote.port()))) {
          throw configuration(
              "SRV or endpoint (%s->%s:%d) should not resolve to the gateway listen addr (%s)"
                  .formatted(remote.authority(), address.getHostAddress(), remote.port(), listen));
        }
      }
    } catch (UnknownHostException e) {
      throw configuration("cannot resolve the address of " + remote + ": " + e.getMessage());
    }
  }

  private void accept(SocketChannel client) {
    if (connections.incrementAndGet() > MAX_CONNECTIONS) {
      LOG.warn("{} connections are open: one more is refused", MAX_CONNECTIONS);
      var _ = client.close();
    } else {
      var arrival = new Arrival(client, new Relay());
      client.pipeline().addLast(arrival.relay());
      connect(arrival, remotes.size());
    }
    client.closeFuture().addListener(_ -> connections.decrementAndGet());
  }

  /// Finds a member for a client.
  ///
  /// @param tries how many members are asked before the client is sent away
  private void connect(Arrival arrival, int tries) {
    SocketChannel client = arrival.client();
    if (tries == 0 || !client.isActive()) {
      var _ = client.close();
      return;
    }
    Endpoint remote = remotes.next();
    var _ =
        address(remote)
            .whenCompleteAsync(
                (address, unknown) -> {
                  if (unknown != null) {
                    failed(arrival, remote, unknown, tries);
                  } else if (own.isMetBy(address)) {
                    failed(arrival, remote, new ConnectException("it leads back here"), tries);
                  } else {
                    dial(arrival, remote, address, tries);
                  }
                },
                client.eventLoop());
  }

  /// Names are looked up away from the event loops: a name server may be slow.
  private static CompletableFuture<InetSocketAddress> address(Endpoint remote) {
    try {
      return CompletableFuture.completedFuture(
          new InetSocketAddress(InetAddress.ofLiteral(remote.host()), remote.port()));
    } catch (IllegalArgumentException noLiteral) {
      return CompletableFuture.supplyAsync(
          () -> {
            var address = new InetSocketAddress(remote.host(), remote.port());
            if (address.isUnresolved()) {
              throw new IllegalStateException("no such host");
            }
            return address;
          },
          task -> Thread.ofVirtual().start(task));
    }
  }

  private void dial(Arrival arrival, Endpoint remote, InetSocketAddress address, int tries) {
    dialler()
        .group(arrival.client().eventLoop())
        .connect(address)
        .addListener(
            (ChannelFutureListener)
                dialled -> {
                  if (!dialled.isSuccess()) {
                    failed(arrival, remote, dialled.cause(), tries);
                  } else if (dialled.channel() instanceof DuplexChannel member) {
                    returned(remote);
                    join(arrival, member);
                  }
                });
  }

  /// A member was not reached: another one is asked, unless it is this machine that has no sockets.
  private void failed(Arrival arrival, Endpoint remote, Throwable cause, int tries) {
    if (isOurs(cause)) {
      complain(cause);
      var _ = arrival.client().close();
    } else {
      left(remote, cause);
      connect(arrival, tries - 1);
    }
  }

  /// Whether this process has run out of sockets or ports, which no endpoint can help. A name that
  /// could not be looked up does not say so.
  private static boolean isOurs(Throwable cause) {
    return cause instanceof ChannelException || cause instanceof BindException || !canOpenSockets();
  }

  private static boolean canOpenSockets() {
    try (var _ = ServerSocketChannel.open()) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void complain(Throwable cause) {
    long now = System.nanoTime();
    long before = complainedNanos.get();
    if (now - before >= COMPLAINT_NANOS && complainedNanos.compareAndSet(before, now)) {
      LOG.warn(
          "no socket is left for another connection, of {} that are open: {}",
          connections.get(),
          cause.getMessage());
    }
  }

  private Bootstrap dialler() {
    return new Bootstrap()
        .channel(NioSocketChannel.class)
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.SO_KEEPALIVE, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, HELD)
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                PROBES.forEach(channel.config()::setOption);
              }
            });
  }

  /// Lets bytes go both ways.
  private static void join(Arrival arrival, DuplexChannel member) {
    SocketChannel client = arrival.client();
    var fromMember = new Relay();
    member.pipeline().addLast(fromMember);
    fromMember.join(client, member);
    arrival.relay().join(member, client);
    if (!client.isActive()) {
      var _ = member.close();
    }
  }

  private void left(Endpoint remote, Throwable cause) {
    if (remotes.failed(remote)) {
      LOG.atWarn()
          .addKeyValue("address", remote)
          .log("deactivated endpoint: {}", cause.getMessage());
    }
  }

  private void returned(Endpoint remote) {
    if (remotes.back(remote)) {
      LOG.atInfo().addKeyValue("address", remote).log("activated endpoint");
    }
  }

  /// Tries those that have failed.
  private void retry() {
    for (Endpoint remote : remotes.failed()) {
      var _ =
          address(remote)
              .thenAccept(address -> {
                if (!own.isMetBy(address)) {
                  retry(remote, address);
                }
              });
    }
  }

  private void retry(Endpoint remote, InetSocketAddress address) {
    dialler()
        .group(loops.group())
        .connect(address)
        .addListener(
            (ChannelFutureListener)
                dialled -> {
                  if (dialled.isSuccess()) {
                    returned(remote);
                    var _ = dialled.channel().close();
                  }
                });
  }

  @Override
  public void close() {
    listener.close().awaitUninterruptibly(TimeUnit.SECONDS.toMillis(1));
    loops.close();
  }
}
