package io.kvorum.node.server.front;

import static io.kvorum.node.server.config.StartFailure.configuration;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.http.HttpPages;
import io.kvorum.node.server.metrics.GrpcMetrics;
import io.kvorum.node.server.tls.AcceptingTls;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Listeners that serve gRPC and HTTP on one port each, within the same limits.
public final class Ports {

  /// Room for the fields around keys and values, as etcd adds it.
  public static final int GRPC_OVERHEAD_BYTES = 512 * 1024;

  /// All headers of a call; tokens and tracing fit, floods do not.
  private static final int MAX_METADATA_BYTES = 16 * 1024;

  /// Unread bytes a client may have under way on one stream. Fixed: measuring the best size would
  /// cost a ping for every message.
  private static final int FLOW_WINDOW_BYTES = 1024 * 1024;

  /// Connections that wait for being accepted: a thousand clients may come at once.
  private static final int BACKLOG = 1_024;

  /// How long requests in flight may take when the ports close; streams end at once.
  private static final long HTTP_DRAIN_MILLIS = 1_000;

  private final EventLoops loops;
  private final GrpcMetrics metrics;
  private final @Nullable AcceptingTls tls;
  private final Limits limits;
  private final Patience patience;
  private final Http1Connections http1;
  private final OpenTalks talks = new OpenTalks();
  private final List<Server> servers = new ArrayList<>();

  /// What clients may do.
  ///
  /// @param maxMessageBytes of a request by gRPC
  /// @param reusePort whether other processes may listen on the same ports
  public record Limits(int maxMessageBytes, NodeConfig.Calls calls, boolean reusePort) {}

  /// What a port serves.
  ///
  /// @param pages null: nothing over HTTP
  public record Content(List<ServerServiceDefinition> services, @Nullable HttpPages pages) {
    public Content {
      services = List.copyOf(services);
    }
  }

  /// @param tls absent: no listener is secure
  public Ports(EventLoops loops, GrpcMetrics metrics, @Nullable AcceptingTls tls, Limits limits) {
    this(loops, metrics, tls, limits, Patience.USUAL);
  }

  Ports(
      EventLoops loops,
      GrpcMetrics metrics,
      @Nullable AcceptingTls tls,
      Limits limits,
      Patience patience) {
    this.loops = loops;
    this.metrics = metrics;
    this.tls = tls;
    this.limits = limits;
    this.patience = patience;
    this.http1 = new Http1Connections(patience);
  }

  /// Opens a port.
  ///
  /// @param name how an error calls it
  public synchronized void listen(
      String name, InetSocketAddress address, boolean secure, Content content) {
    var protocols =
        new PortProtocols(
            content.pages(), http1, talks, secure ? tls : null, patience, limits.maxMessageBytes());
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address, protocols.credentials())
            .bossEventLoopGroup(loops.group())
            .workerEventLoopGroup(loops.group())
            .channelType(loops.serverChannel())
            .directExecutor()
            .addServices(content.services().stream().map(ReadableCalls::of).toList())
            .addStreamTracerFactory(metrics)
            // An HTTP/1.1 connection never becomes gRPC's: its own handlers bound it.
            .handshakeTimeout(Long.MAX_VALUE, TimeUnit.MILLISECONDS)
            .maxInboundMessageSize(limits.maxMessageBytes())
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .flowControlWindow(FLOW_WINDOW_BYTES)
            .maxConcurrentCallsPerConnection(limits.calls().maxConcurrent())
            .permitKeepAliveTime(nanos(limits.calls().pingMinTime()), TimeUnit.NANOSECONDS)
            .permitKeepAliveWithoutCalls(false)
            .withOption(ChannelOption.SO_BACKLOG, BACKLOG);
    if (!limits.calls().pingInterval().isZero() && !limits.calls().pingTimeout().isZero()) {
      builder
          .keepAliveTime(nanos(limits.calls().pingInterval()), TimeUnit.NANOSECONDS)
          .keepAliveTimeout(nanos(limits.calls().pingTimeout()), TimeUnit.NANOSECONDS);
    }
    if (limits.reusePort() && loops.nativeTransport()) {
      builder.withOption(EpollChannelOption.SO_REUSEPORT, true);
    }
    Server server = builder.build();
    try {
      server.start();
    } catch (IOException e) {
      throw cannotListen(name, e);
    }
    servers.add(server);
  }

  private static long nanos(Duration duration) {
    return duration.toNanos();
  }

  static RuntimeException cannotListen(String name, IOException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    String remedy =
        cause instanceof BindException
            ? "; an address there must be one of this machine, and its port free: end the process"
                + " that listens, or choose another"
            : "";
    return configuration("cannot listen on " + name + ": " + cause.getMessage() + remedy);
  }

  /// Stops accepting, lets open calls end until the deadline, then closes.
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
}
