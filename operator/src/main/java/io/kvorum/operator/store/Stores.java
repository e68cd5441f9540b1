package io.kvorum.operator.store;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberAddRequest;
import io.kvorum.node.proto.etcd.MemberListRequest;
import io.kvorum.node.proto.etcd.MemberPromoteRequest;
import io.kvorum.node.proto.etcd.MemberRemoveRequest;
import io.kvorum.node.proto.etcd.MemberUpdateRequest;
import io.kvorum.node.proto.etcd.MoveLeaderRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.StatusRequest;
import io.kvorum.node.proto.etcd.StatusResponse;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.ByteArrayInputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import javax.net.ssl.SSLException;

/// Calls to members, each pinned to one of them and bounded by a deadline.
///
/// One connection is kept for each member that answers. After a call without an answer it is
/// dropped, so that the next call dials anew and does not inherit a back-off.
public final class Stores implements AutoCloseable {

  /// Long enough for a busy member, short enough for a pass over a cluster.
  private static final long DEADLINE_MILLIS = 2_000;

  /// A leadership transfer waits for the new leader: an election's time.
  private static final long MOVE_LEADER_MILLIS = 5_000;

  /// A connection into nowhere is noticed by then. Servers refuse pings more often than every 5 s.
  private static final long KEEP_ALIVE_SECONDS = 10;

  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Map<Endpoint, ManagedChannel> channels = new ConcurrentHashMap<>();

  /// What a status call gave: a reply, or the reason why there is none.
  public sealed interface StatusOutcome {
    record Replied(StatusReply reply) implements StatusOutcome {}

    record Silent(String why) implements StatusOutcome {}
  }

  /// Asks all members at once; takes no longer than one call.
  public Map<String, StatusOutcome> statuses(Map<String, Endpoint> endpoints) {
    var calls = new LinkedHashMap<String, ListenableFuture<StatusResponse>>();
    endpoints.forEach((name, endpoint) -> calls.put(name, askStatus(endpoint)));
    var outcomes = new LinkedHashMap<String, StatusOutcome>();
    calls.forEach(
        (name, call) -> outcomes.put(name, await(endpoints.getOrDefault(name, NOWHERE), call)));
    return outcomes;
  }

  private static final Endpoint NOWHERE = new Endpoint("", 0, "", null);

  private ListenableFuture<StatusResponse> askStatus(Endpoint endpoint) {
    return MaintenanceGrpc.newFutureStub(channel(endpoint))
        .withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS)
        .status(StatusRequest.getDefaultInstance());
  }

  private StatusOutcome await(Endpoint endpoint, ListenableFuture<StatusResponse> call) {
    try {
      StatusResponse response = call.get(2 * DEADLINE_MILLIS, TimeUnit.MILLISECONDS);
      return new StatusOutcome.Replied(reply(response));
    } catch (ExecutionException e) {
      Status status = Status.fromThrowable(e);
      dropIfBroken(endpoint, status);
      return new StatusOutcome.Silent(why(status));
    } catch (TimeoutException e) {
      return new StatusOutcome.Silent("no answer in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new StatusOutcome.Silent("interrupted");
    }
  }

  private static StatusReply reply(StatusResponse response) {
    return new StatusReply(
        hex(response.getHeader().getClusterId()),
        hex(response.getHeader().getMemberId()),
        response.getLeader() == 0 ? "" : hex(response.getLeader()),
        response.getIsLearner(),
        response.getVersion(),
        response.getDbSize(),
        List.copyOf(response.getErrorsList()));
  }

  /// The member list as of now. Servers before 3.5 answer it from what they know themselves; after
  /// a linearizable read on the same member that is no older than this call.
  public List<ListedMember> members(Endpoint endpoint) {
    call(
        endpoint,
        "linearizable read",
        channel ->
            KVGrpc.newBlockingStub(channel)
                .withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS)
                .range(
                    RangeRequest.newBuilder()
                        .setKey(ByteString.copyFromUtf8("\0"))
                        .setCountOnly(true)
                        .build()));
    return call(
        endpoint,
        "MemberList",
        channel ->
            cluster(channel)
                .memberList(MemberListRequest.newBuilder().setLinearizable(true).build())
                .getMembersList()
                .stream()
                .map(Stores::listed)
                .toList());
  }

  private static ListedMember listed(Member member) {
    return new ListedMember(
        hex(member.getID()),
        member.getName(),
        List.copyOf(member.getPeerURLsList()),
        List.copyOf(member.getClientURLsList()),
        member.getIsLearner());
  }

  public void addLearner(Endpoint endpoint, String peerUrl) {
    var request = MemberAddRequest.newBuilder().addPeerURLs(peerUrl).setIsLearner(true).build();
    call(endpoint, "MemberAdd", channel -> cluster(channel).memberAdd(request));
  }

  public void promote(Endpoint endpoint, String id) {
    var request = MemberPromoteRequest.newBuilder().setID(number(id)).build();
    call(endpoint, "MemberPromote", channel -> cluster(channel).memberPromote(request));
  }

  public void remove(Endpoint endpoint, String id) {
    var request = MemberRemoveRequest.newBuilder().setID(number(id)).build();
    call(endpoint, "MemberRemove", channel -> cluster(channel).memberRemove(request));
  }

  public void updatePeerUrl(Endpoint endpoint, String id, String peerUrl) {
    var request = MemberUpdateRequest.newBuilder().setID(number(id)).addPeerURLs(peerUrl).build();
    call(endpoint, "MemberUpdate", channel -> cluster(channel).memberUpdate(request));
  }

  /// Only the leader itself takes this call.
  public void moveLeader(Endpoint leader, String to) {
    var request = MoveLeaderRequest.newBuilder().setTargetID(number(to)).build();
    call(
        leader,
        "MoveLeader",
        channel ->
            MaintenanceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(MOVE_LEADER_MILLIS, TimeUnit.MILLISECONDS)
                .moveLeader(request));
  }

  private static ClusterGrpc.ClusterBlockingStub cluster(ManagedChannel channel) {
    return ClusterGrpc.newBlockingStub(channel)
        .withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private <T> T call(Endpoint endpoint, String operation, Function<ManagedChannel, T> call) {
    try {
      return call.apply(channel(endpoint));
    } catch (StatusRuntimeException e) {
      boolean answered =
          switch (e.getStatus().getCode()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, UNKNOWN, INTERNAL -> false;
            default -> true;
          };
      dropIfBroken(endpoint, e.getStatus());
      throw new StoreException(operation, endpoint, why(e.getStatus()), answered);
    }
  }

  private static String why(Status status) {
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      // Its own text holds times: it would differ at each call, and so would every status.
      return "no answer in time";
    }
    String description = status.getDescription();
    String code = status.getCode().name();
    return description == null ? code : code + ": " + description;
  }

  private ManagedChannel channel(Endpoint endpoint) {
    return channels.computeIfAbsent(endpoint, this::dial);
  }

  private ManagedChannel dial(Endpoint endpoint) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(new InetSocketAddress(endpoint.address(), endpoint.port()))
            .eventLoopGroup(loop)
            .channelType(NioSocketChannel.class)
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .directExecutor();
    Endpoint.Certificates tls = endpoint.tls();
    if (tls == null) {
      return builder.negotiationType(NegotiationType.PLAINTEXT).build();
    }
    try {
      return builder
          .overrideAuthority(endpoint.host())
          .sslContext(
              GrpcSslContexts.forClient()
                  .trustManager(stream(tls.authority()))
                  .keyManager(stream(tls.certificate()), stream(tls.key()))
                  .build())
          .build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new StoreException(
          "TLS", endpoint, "its certificates cannot be used: " + e.getMessage(), true);
    }
  }

  private static ByteArrayInputStream stream(String pem) {
    return new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
  }

  private void dropIfBroken(Endpoint endpoint, Status status) {
    if (status.getCode() == Status.Code.UNAVAILABLE) {
      drop(endpoint);
    }
  }

  private void drop(Endpoint endpoint) {
    ManagedChannel channel = channels.remove(endpoint);
    if (channel != null) {
      channel.shutdownNow();
    }
  }

  /// Drops connections to members of a cluster that are not among these any more.
  public void keepOnly(String hostSuffix, List<Endpoint> endpoints) {
    for (Endpoint known : List.copyOf(channels.keySet())) {
      if (known.host().endsWith(hostSuffix) && !endpoints.contains(known)) {
        drop(known);
      }
    }
  }

  static String hex(long id) {
    return Long.toHexString(id);
  }

  private static long number(String hex) {
    return Long.parseUnsignedLong(hex, 16);
  }

  @Override
  public void close() {
    List.copyOf(channels.keySet()).forEach(this::drop);
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
