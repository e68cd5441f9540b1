package io.kvorum.node.server.peer;

import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyServerBuilder;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.core.replica.Outbox;
import io.kvorum.node.core.replica.RequestIds;
import io.kvorum.node.server.MemberConfig;
import io.kvorum.node.server.PeerTls;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.lease.LeaseDesk;
import io.kvorum.node.server.peer.PeerTransport.Self;
import io.kvorum.node.server.stage.AgreementStage;
import io.kvorum.node.server.tls.AcceptingTls;
import io.kvorum.node.server.tls.RenewingSslContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// This member among the others: its port, its links, its calls to the leader. All of it runs on
/// the agreement loop.
public final class PeerNetwork {
  private static final long CLOSE_TIMEOUT_MILLIS = 2_000;

  /// Peers ping idle connections this often at most.
  private static final long PERMITTED_PING_SECONDS = 5;

  /// More than what members send at once, whatever `--max-request-bytes` the others have.
  private static final long MIN_LARGEST_PARCEL_BYTES = 80 << 20;

  private static final int FLOW_CONTROL_WINDOW_BYTES = 8 << 20;

  private final MemberConfig config;
  private final AgreementStage agreement;
  private final EventLoopGroup loops;
  private final PeerChannels channels;
  private final PeerTransport transport;
  private final LeaderClient leaderClient;
  private @Nullable PeerService service;
  private @Nullable Server server;

  /// Hooks of the network into the member.
  ///
  /// @param onRemoved another member says that this one was removed
  /// @param snapshotReaders whether a member is fetching a snapshot from this one
  public record Hooks(Runnable onRemoved, Predicate<MemberId> snapshotReaders) {}

  public PeerNetwork(
      MemberConfig config,
      AgreementStage agreement,
      EventLoopGroup loops,
      Backend backend,
      Hooks hooks) {
    this.config = config;
    this.agreement = agreement;
    this.loops = loops;
    MemberConfig.Identity identity = config.identity();
    List<String> urls = config.peers().advertiseUrls().stream().map(URI::toString).toList();
    var self = new Self(identity.clusterId(), new MemberId(identity.memberId()), urls);
    channels = new PeerChannels(loops, agreement.loop(), config.peers().tls());
    transport =
        new PeerTransport(
            self,
            agreement,
            channels,
            backend.counters(),
            hooks.onRemoved(),
            hooks.snapshotReaders());
    leaderClient =
        new LeaderClient(agreement, transport, channels, config.timing().requestTimeoutMillis());
  }

  public Outbox outbox() {
    return transport;
  }

  public LeaderClient leaderClient() {
    return leaderClient;
  }

  /// Opens the port and connects to the members that are known.
  public void start(Backend backend, LeaseDesk leases, RequestIds ids, SnapshotCalls snapshots)
      throws IOException {
    var peers = new PeerService(backend, agreement, transport, leases, ids, snapshots);
    service = peers;
    long clusterId = config.identity().clusterId();
    var self = new MemberId(config.identity().memberId());
    var gate = new PeerGate(clusterId, self, id -> backend.cluster().isRemoved(id));
    server =
        builder()
            .addService(ServerInterceptors.intercept(peers, gate))
            .fallbackHandlerRegistry(new NoClients())
            .build()
            .start();
    agreement.loop().execute(transport::start);
  }

  /// Above the largest parcel of any member, and no more than a stranger may have kept in memory.
  private int maxMessageBytes() {
    return (int)
        Math.min(
            Integer.MAX_VALUE, MIN_LARGEST_PARCEL_BYTES + 2L * config.limits().maxRequestBytes());
  }

  private NettyServerBuilder builder() {
    Iterator<InetSocketAddress> listen = config.peers().listen().iterator();
    NettyServerBuilder builder = NettyServerBuilder.forAddress(listen.next());
    listen.forEachRemaining(builder::addListenAddress);
    builder
        .bossEventLoopGroup(loops)
        .workerEventLoopGroup(loops)
        .channelType(
            Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
        .directExecutor()
        .initialFlowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
        .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
        .maxInboundMessageSize(maxMessageBytes())
        .permitKeepAliveTime(PERMITTED_PING_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true);
    if (config.peers().secure()) {
      AcceptingTls tls = config.peers().tls().flatMap(PeerTls::accepting).orElseThrow();
      builder
          .sslContext(new RenewingSslContext(tls::context))
          .addTransportFilter(new PeerCertificates(tls));
    }
    return builder;
  }

  /// Connects to a member before the log has told of it.
  public void introduce(MemberId member, List<String> peerUrls) {
    agreement.loop().execute(() -> transport.link(member, peerUrls));
  }

  /// Follows the members of the cluster; on the agreement loop.
  public void follow(Cluster cluster) {
    transport.follow(cluster);
    if (service != null) {
      service.follow(cluster);
    }
  }

  /// Sends what the replica has queued; on the agreement loop.
  public void flush() {
    transport.flush();
  }

  /// A channel to a member for something long; the caller closes it.
  public Optional<SnapshotLine> lineTo(MemberId member) {
    return transport.urlsOf(member).stream()
        .findFirst()
        .map(url -> new SnapshotLine(channels.open(url), transport.headersFor(member)));
  }

  /// A connection for fetching a snapshot.
  public record SnapshotLine(io.grpc.ManagedChannel channel, io.grpc.Metadata headers) {}

  public void close() {
    agreement
        .loop()
        .execute(() -> {
          transport.close();
          leaderClient.close();
        });
    Server open = server;
    if (open != null) {
      open.shutdownNow();
      try {
        if (!open.awaitTermination(CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
          open.shutdownNow();
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
