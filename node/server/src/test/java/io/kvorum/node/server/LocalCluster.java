package io.kvorum.node.server;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.StatusRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.server.MemberConfig.Founding;
import io.kvorum.node.server.MemberConfig.NamedMember;
import io.kvorum.node.server.config.AuthSettings;
import io.kvorum.node.server.config.TokenSpec;
import io.kvorum.node.server.http.HttpPages;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Loopback;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Members in this process, on loopback addresses of their own and with real disks, that can be
/// stopped, killed and started again.
public final class LocalCluster implements AutoCloseable {
  static final Duration BOUND = Duration.ofSeconds(30);

  private static final int PEER_PORT = 2380;
  private static final int CLIENT_PORT = 2379;
  private static final long CLUSTER_ID = 0xc1;

  private final Path folder;
  private final List<Node> nodes = new ArrayList<>();
  private MemberConfig.Limits limits =
      new MemberConfig.Limits(0, 1_572_864, 128, 1, true, 5_000, new Retention.Everything());

  /// The cheapest hashes.
  private AuthSettings auth =
      new AuthSettings(new TokenSpec.Simple(), Duration.ofMinutes(5), 4, false);

  private LocalCluster(Path folder) {
    this.folder = folder;
  }

  /// Members that know each other and have not started.
  public static LocalCluster of(Path folder, int size) {
    var cluster = new LocalCluster(folder);
    for (int i = 1; i <= size; i++) {
      cluster.nodes.add(cluster.new Node(i, "m" + i));
    }
    return cluster;
  }

  public static LocalCluster started(Path folder, int size) {
    LocalCluster cluster = of(folder, size);
    cluster.nodes.forEach(Node::found);
    cluster.nodes.forEach(Node::awaitOpen);
    return cluster;
  }

  LocalCluster withLimits(MemberConfig.Limits changed) {
    limits = changed;
    return this;
  }

  LocalCluster withAuth(AuthSettings changed) {
    auth = changed;
    return this;
  }

  /// Counts from 1.
  public Node node(int number) {
    return nodes.get(number - 1);
  }

  List<Node> nodes() {
    return nodes;
  }

  /// A further member that is not part of the cluster yet.
  Node spare(long memberId) {
    var node = new Node(memberId, "m" + (nodes.size() + 1));
    nodes.add(node);
    return node;
  }

  /// The spare member once the cluster has given it an id; its addresses stay.
  Node respare(long memberId) {
    Node last = nodes.removeLast();
    var node = new Node(memberId, last.name, last.address);
    nodes.add(node);
    return node;
  }

  /// The running member that leads, as it sees it itself.
  public Node leader() {
    Await.until("somebody leads", BOUND, () -> maybeLeader().isPresent());
    return maybeLeader().orElseThrow();
  }

  private Optional<Node> maybeLeader() {
    return nodes.stream().filter(Node::leads).findFirst();
  }

  /// A running member that does not lead.
  Node follower() {
    Node leader = leader();
    return nodes.stream()
        .filter(node -> node.isRunning() && node != leader)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    nodes.forEach(Node::kill);
  }

  /// One member, running or not.
  public final class Node {
    final long id;
    private final String name;
    private final String address;
    private @Nullable Member member;
    private @Nullable TestFront front;
    private @Nullable ManagedChannel channel;
    private CompletableFuture<MemberEvents.StopReason> stopped = new CompletableFuture<>();

    private Node(long id, String name) {
      this(id, name, Loopback.next(PEER_PORT, CLIENT_PORT));
    }

    private Node(long id, String name, String address) {
      this.id = id;
      this.name = name;
      this.address = address;
    }

    public String peerUrl() {
      return "http://" + address + ":" + PEER_PORT;
    }

    public String endpoint() {
      return address + ":" + CLIENT_PORT;
    }

    private NamedMember named() {
      return new NamedMember(id, name, List.of(peerUrl()), false);
    }

    void found() {
      start(new Founding.Found(nodes.stream().map(Node::named).toList()));
    }

    void join() {
      start(
          new Founding.Join(
              nodes.stream()
                  .filter(node -> node == this || node.isRunning())
                  .map(Node::named)
                  .toList()));
    }

    void resume() {
      start(new Founding.Resume());
    }

    void start(Founding founding) {
      stopped = new CompletableFuture<>();
      var opened = new TestFront(new InetSocketAddress(address, CLIENT_PORT));
      front = opened;
      try {
        member = RunningMember.START.start(config(founding), opened, new Events(stopped));
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    /// Files of its log, the oldest first.
    public List<String> logSegments() throws IOException {
      try (Stream<Path> files = Files.list(folder.resolve(name).resolve("log"))) {
        return files
            .map(file -> file.getFileName().toString())
            .filter(file -> file.endsWith(".log"))
            .sorted()
            .toList();
      }
    }

    private MemberConfig config(Founding founding) throws IOException {
      Path home = folder.resolve(name);
      var folders =
          new MemberConfig.Folders(
              Files.createDirectories(home.resolve("log")),
              Files.createDirectories(home.resolve("state")),
              Files.createDirectories(home.resolve("received")));
      return new MemberConfig(
          new MemberConfig.Identity(CLUSTER_ID, id, name),
          founding,
          folders,
          new MemberConfig.Peers(
              List.of(new InetSocketAddress(address, PEER_PORT)),
              List.of(URI.create(peerUrl())),
              false,
              Optional.empty()),
          List.of("http://" + endpoint()),
          new MemberConfig.Timing(20, 10, true, Duration.ofMillis(500)),
          limits,
          new MemberConfig.Versions("3.6.11", "0.1.0"),
          auth);
    }

    void awaitOpen() {
      Await.until(name + " is open for clients", BOUND, () -> front != null && front.isOpen());
    }

    boolean isRunning() {
      return member != null;
    }

    boolean leads() {
      Member running = member;
      return running != null && running.status().standing().leader();
    }

    MemberStatus status() {
      return running().status();
    }

    private Member running() {
      if (member == null) {
        throw new IllegalStateException(name + " does not run");
      }
      return member;
    }

    /// Why the member stopped by itself, once it does.
    CompletableFuture<MemberEvents.StopReason> stopped() {
      return stopped;
    }

    /// Ends at once; what is on disk stays.
    void kill() {
      end(false);
    }

    void stop() {
      end(true);
    }

    private void end(boolean graceful) {
      if (channel != null) {
        channel.shutdownNow();
        channel = null;
      }
      if (member != null) {
        member.close(graceful);
        member = null;
      }
    }

    ManagedChannel channel() {
      if (channel == null) {
        channel =
            NettyChannelBuilder.forAddress(address, CLIENT_PORT)
                .usePlaintext()
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .build();
      }
      return channel;
    }

    public KVGrpc.KVBlockingStub kv() {
      return KVGrpc.newBlockingStub(channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    ClusterGrpc.ClusterBlockingStub cluster() {
      return ClusterGrpc.newBlockingStub(channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    LeaseGrpc.LeaseBlockingStub lease() {
      return LeaseGrpc.newBlockingStub(channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    LeaseGrpc.LeaseStub leaseStream() {
      return LeaseGrpc.newStub(channel());
    }

    WatchGrpc.WatchStub watch() {
      return WatchGrpc.newStub(channel());
    }

    /// The services as a front has them, to be called without a connection.
    List<ServerServiceDefinition> services() {
      return front == null ? List.of() : front.services;
    }

    MaintenanceGrpc.MaintenanceBlockingStub maintenance() {
      return MaintenanceGrpc.newBlockingStub(channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    long statusLeader() {
      return maintenance().status(StatusRequest.getDefaultInstance()).getLeader();
    }
  }

  /// A plain gRPC server.
  private static final class TestFront implements ClientFront {
    private final InetSocketAddress address;
    private volatile @Nullable Server server;
    private volatile List<ServerServiceDefinition> services = List.of();

    TestFront(InetSocketAddress address) {
      this.address = address;
    }

    boolean isOpen() {
      return server != null;
    }

    @Override
    public void open(List<ServerServiceDefinition> services, HttpPages v2, MemberStatus status) {
      this.services = List.copyOf(services);
      NettyServerBuilder builder = NettyServerBuilder.forAddress(address).directExecutor();
      services.forEach(builder::addService);
      try {
        server = builder.build().start();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    @Override
    public void close(long deadlineMillis) {
      Server open = server;
      if (open == null) {
        return;
      }
      open.shutdown();
      try {
        if (!open.awaitTermination(Math.min(deadlineMillis, 500), TimeUnit.MILLISECONDS)) {
          open.shutdownNow();
          open.awaitTermination(5, TimeUnit.SECONDS);
        }
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private record Events(CompletableFuture<MemberEvents.StopReason> stopped)
      implements MemberEvents {
    @Override
    public void opened() {}

    @Override
    public void logSynced(int entries, long bytes, long nanos) {}

    @Override
    public void batchApplied(int entries, long nanos) {}

    @Override
    public void stopping(StopReason reason) {
      stopped.complete(reason);
    }
  }
}
