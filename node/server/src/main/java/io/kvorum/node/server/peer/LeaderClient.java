package io.kvorum.node.server.peer;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.proto.peer.PeerGrpc;
import io.kvorum.node.proto.peer.PromoteRequest;
import io.kvorum.node.proto.peer.RenewLeaseRequest;
import io.kvorum.node.proto.peer.TimeToLiveReply;
import io.kvorum.node.proto.peer.TimeToLiveRequest;
import io.kvorum.node.server.api.ApiError;
import io.kvorum.node.server.api.CallFailedException;
import io.kvorum.node.server.api.PromotionCalls;
import io.kvorum.node.server.lease.LeaderCalls;
import io.kvorum.node.server.stage.AgreementStage;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Calls the leader for clients of this member, on connections beside those of consensus.
public final class LeaderClient implements LeaderCalls, PromotionCalls {
  private final AgreementStage agreement;
  private final PeerTransport transport;
  private final PeerChannels channels;
  private final long timeoutMillis;

  /// On the agreement loop.
  private final TreeMap<MemberId, Line> lines = new TreeMap<>();

  /// Calls to a leader that may be asked of its successor, too. On the agreement loop.
  private final Set<Repeatable> repeatable = new LinkedHashSet<>();

  /// A call and whom it was made to. Each is itself.
  private static final class Repeatable {
    final ListenableFuture<?> reply;
    final MemberId leader;

    Repeatable(ListenableFuture<?> reply, MemberId leader) {
      this.reply = reply;
      this.leader = leader;
    }
  }

  private record Line(List<URI> urls, ManagedChannel channel) {}

  LeaderClient(
      AgreementStage agreement,
      PeerTransport transport,
      PeerChannels channels,
      long timeoutMillis) {
    this.agreement = agreement;
    this.transport = transport;
    this.channels = channels;
    this.timeoutMillis = timeoutMillis;
  }

  @Override
  public CompletableFuture<Long> renew(long leaderId, long leaseId) {
    return repeatable(
        leaderId,
        stub -> stub.renewLease(RenewLeaseRequest.newBuilder().setId(leaseId).build()),
        reply -> reply.getTtl());
  }

  @Override
  public CompletableFuture<TimeToLive> timeToLive(long leaderId, long leaseId) {
    var request = TimeToLiveRequest.newBuilder().setId(leaseId).build();
    return repeatable(leaderId, stub -> stub.timeToLive(request), LeaderClient::timeToLive);
  }

  private static TimeToLive timeToLive(TimeToLiveReply reply) {
    return new TimeToLive(reply.getLeft(), reply.getGranted());
  }

  @Override
  public CompletableFuture<Cluster> promote(long leaderId, long memberId) {
    return call(
        leaderId,
        stub -> stub.promote(PromoteRequest.newBuilder().setId(memberId).build()),
        ClusterDescriptions::read);
  }

  /// Somebody else leads, or nobody: who waits for the former leader, which may hang, need not wait
  /// longer. A lease that is renewed through this member would otherwise end meanwhile.
  public void follow(MemberId leader) {
    for (Repeatable call : List.copyOf(repeatable)) {
      if (!call.leader.equals(leader)) {
        call.reply.cancel(true);
      }
    }
  }

  private <R, V> CompletableFuture<V> repeatable(
      long leaderId,
      Function<PeerGrpc.PeerFutureStub, ListenableFuture<R>> call,
      Function<R, V> value) {
    return call(
        leaderId,
        stub -> {
          ListenableFuture<R> reply = call.apply(stub);
          var known = new Repeatable(reply, new MemberId(leaderId));
          repeatable.add(known);
          reply.addListener(() -> repeatable.remove(known), agreement.loop());
          return reply;
        },
        value);
  }

  private <R, V> CompletableFuture<V> call(
      long leaderId,
      Function<PeerGrpc.PeerFutureStub, ListenableFuture<R>> call,
      Function<R, V> value) {
    var result = new CompletableFuture<V>();
    agreement
        .loop()
        .execute(() -> {
          var leader = new MemberId(leaderId);
          ManagedChannel channel = channelTo(leader);
          if (channel == null) {
            result.completeExceptionally(new CallFailedException(ApiError.NO_LEADER));
            return;
          }
          var stub =
              PeerGrpc.newFutureStub(channel)
                  .withDeadlineAfter(timeoutMillis, TimeUnit.MILLISECONDS)
                  .withInterceptors(
                      MetadataUtils.newAttachHeadersInterceptor(transport.headersFor(leader)));
          Futures.addCallback(call.apply(stub), new Finish<>(result, value), agreement.loop());
        });
    return result;
  }

  private @Nullable ManagedChannel channelTo(MemberId member) {
    List<URI> urls = transport.urlsOf(member);
    Line line = lines.get(member);
    if (line != null && line.urls().equals(urls)) {
      return line.channel();
    }
    if (line != null) {
      line.channel().shutdown();
      lines.remove(member);
    }
    if (urls.isEmpty()) {
      return null;
    }
    ManagedChannel channel = channels.open(urls.getFirst());
    lines.put(member, new Line(urls, channel));
    return channel;
  }

  void close() {
    lines.values().forEach(line -> line.channel().shutdownNow());
    lines.clear();
  }

  private record Finish<R, V>(CompletableFuture<V> result, Function<R, V> value)
      implements FutureCallback<R> {
    @Override
    public void onSuccess(R reply) {
      result.complete(value.apply(reply));
    }

    @Override
    public void onFailure(Throwable failure) {
      result.completeExceptionally(new CallFailedException(error(failure)));
    }

    /// The error that the leader answered with, known by its text; anything else means that the
    /// leader was not reached.
    private static ApiError error(Throwable failure) {
      if (failure instanceof StatusRuntimeException status) {
        String text = status.getStatus().getDescription();
        for (ApiError error : ApiError.values()) {
          if (error.text().equals(text)) {
            return error;
          }
        }
      }
      return ApiError.NO_LEADER;
    }
  }
}
