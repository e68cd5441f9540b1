package io.kvorum.node.server.peer;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.core.replica.MembershipRequest;
import io.kvorum.node.core.replica.PeerMessage;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.core.replica.RequestIds;
import io.kvorum.node.proto.peer.ClusterDescription;
import io.kvorum.node.proto.peer.DescribeRequest;
import io.kvorum.node.proto.peer.Letter;
import io.kvorum.node.proto.peer.Parcel;
import io.kvorum.node.proto.peer.PeerGrpc;
import io.kvorum.node.proto.peer.PromoteRequest;
import io.kvorum.node.proto.peer.RenewLeaseReply;
import io.kvorum.node.proto.peer.RenewLeaseRequest;
import io.kvorum.node.proto.peer.TimeToLiveReply;
import io.kvorum.node.proto.peer.TimeToLiveRequest;
import io.kvorum.node.proto.peer.Welcome;
import io.kvorum.node.server.api.ApiError;
import io.kvorum.node.server.api.ApiErrors;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.api.CallFailedException;
import io.kvorum.node.server.lease.LeaderCalls.TimeToLive;
import io.kvorum.node.server.lease.LeaseDesk;
import io.kvorum.node.server.peer.PeerHeaders.Sender;
import io.kvorum.node.server.stage.AgreementStage;
import io.kvorum.node.server.stage.PendingCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What this member does for others, on the agreement loop.
final class PeerService extends PeerGrpc.PeerImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(PeerService.class);

  private final Backend backend;
  private final AgreementStage agreement;
  private final PeerTransport transport;
  private final LeaseDesk leases;
  private final RequestIds ids;
  private final SnapshotCalls snapshots;
  private final Map<MemberId, Set<Inbound>> inbound = new LinkedHashMap<>();

  PeerService(
      Backend backend,
      AgreementStage agreement,
      PeerTransport transport,
      LeaseDesk leases,
      RequestIds ids,
      SnapshotCalls snapshots) {
    this.backend = backend;
    this.agreement = agreement;
    this.transport = transport;
    this.leases = leases;
    this.ids = ids;
    this.snapshots = snapshots;
  }

  // ---- Streams

  @Override
  public StreamObserver<Parcel> deliver(StreamObserver<Welcome> client) {
    Sender sender = PeerGate.SENDER.get();
    var stream = new Inbound(sender, (ServerCallStreamObserver<Welcome>) client);
    inbound.computeIfAbsent(sender.from(), _ -> new LinkedHashSet<>()).add(stream);
    transport.greeted(sender);
    client.onNext(Welcome.getDefaultInstance());
    return stream;
  }

  /// Members that were removed are told so on the streams they have open.
  void follow(Cluster cluster) {
    for (MemberId member : List.copyOf(inbound.keySet())) {
      if (cluster.isRemoved(member)) {
        List.copyOf(inbound.getOrDefault(member, Set.of())).forEach(Inbound::endRemoved);
      }
    }
  }

  private final class Inbound implements StreamObserver<Parcel> {
    private final Sender sender;
    private final ServerCallStreamObserver<Welcome> call;

    Inbound(Sender sender, ServerCallStreamObserver<Welcome> call) {
      this.sender = sender;
      this.call = call;
      call.setOnCancelHandler(this::ended);
    }

    @Override
    public void onNext(Parcel parcel) {
      transport.heard(sender.from(), parcel.getSerializedSize());
      if (parcel.getLettersCount() == 0) {
        return;
      }
      var messages = new ArrayList<PeerMessage>(parcel.getLettersCount());
      try {
        for (Letter letter : parcel.getLettersList()) {
          messages.add(PeerCodec.read(letter));
        }
      } catch (IllegalArgumentException unreadable) {
        LOG.warn("member {} sent what can't be read: {}", sender.from(), unreadable.getMessage());
        call.onError(
            Status.INVALID_ARGUMENT.withDescription(unreadable.getMessage()).asRuntimeException());
        ended();
        return;
      }
      messages.forEach(message -> transport.received(sender.from(), message));
      agreement.postLocally(
          replica -> messages.forEach(message -> replica.receive(sender.from(), message)));
    }

    void endRemoved() {
      ended();
      call.onError(
          Status.FAILED_PRECONDITION
              .withDescription("it was removed from the cluster")
              .asRuntimeException(PeerHeaders.refusal(PeerHeaders.Refusal.REMOVED)));
    }

    private void ended() {
      inbound.computeIfPresent(
          sender.from(),
          (_, streams) -> {
            streams.remove(this);
            return streams.isEmpty() ? null : streams;
          });
    }

    @Override
    public void onError(Throwable failure) {
      ended();
    }

    @Override
    public void onCompleted() {
      ended();
      call.onCompleted();
    }
  }

  // ---- Calls

  @Override
  public void describe(DescribeRequest request, StreamObserver<ClusterDescription> client) {
    client.onNext(ClusterDescriptions.write(backend.clusterId(), backend.cluster()));
    client.onCompleted();
  }

  @Override
  public void renewLease(RenewLeaseRequest request, StreamObserver<RenewLeaseReply> client) {
    finish(
        leases.renewHere(request.getId()),
        client,
        seconds -> RenewLeaseReply.newBuilder().setTtl(seconds).build());
  }

  @Override
  public void timeToLive(TimeToLiveRequest request, StreamObserver<TimeToLiveReply> client) {
    finish(leases.timeToLiveHere(request.getId()), client, PeerService::reply);
  }

  private static TimeToLiveReply reply(TimeToLive found) {
    return TimeToLiveReply.newBuilder()
        .setLeft(found.leftSeconds())
        .setGranted(found.grantedSeconds())
        .build();
  }

  @Override
  public void promote(PromoteRequest request, StreamObserver<ClusterDescription> client) {
    var promoted = new CompletableFuture<Cluster>();
    backend.submit(
        new Request.ChangeMembership(
            ids.next(),
            new MembershipRequest.Promote(new MemberId(request.getId())),
            new PendingCall() {
              @Override
              protected void answered(Answer answer) {
                switch (answer) {
                  case Answer.MembersChanged(Cluster cluster) -> promoted.complete(cluster);
                  case Answer.Refused refused ->
                      promoted.completeExceptionally(
                          new CallFailedException(ApiErrors.of(refused)));
                  case Answer.Applied _, Answer.ReadReady _, Answer.LeadershipMoved _ ->
                      promoted.completeExceptionally(new CallFailedException(ApiError.TIMED_OUT));
                }
              }
            }));
    finish(promoted, client, cluster -> ClusterDescriptions.write(backend.clusterId(), cluster));
  }

  private static <V, R> void finish(
      CompletableFuture<V> future, StreamObserver<R> client, Function<V, R> reply) {
    var _ =
        future.whenComplete((value, failure) -> {
          if (failure == null) {
            client.onNext(reply.apply(value));
            client.onCompleted();
          } else {
            client.onError(CallFailedException.errorOf(failure).exception());
          }
        });
  }

  // ---- Snapshots

  @Override
  public void openSnapshot(
      io.kvorum.node.proto.peer.OpenSnapshotRequest request,
      StreamObserver<io.kvorum.node.proto.peer.SnapshotManifest> client) {
    snapshots.open(PeerGate.SENDER.get().from(), request, client);
  }

  @Override
  public void readFile(
      io.kvorum.node.proto.peer.ReadFileRequest request,
      StreamObserver<io.kvorum.node.proto.peer.FileChunk> client) {
    snapshots.read(PeerGate.SENDER.get().from(), request, client);
  }

  @Override
  public void closeSnapshot(
      io.kvorum.node.proto.peer.CloseSnapshotRequest request,
      StreamObserver<io.kvorum.node.proto.peer.CloseSnapshotReply> client) {
    snapshots.close(PeerGate.SENDER.get().from(), request, client);
  }
}
