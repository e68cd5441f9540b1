package io.kvorum.node.server.lease;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Access;
import io.kvorum.node.core.kv.AuthRefusal;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.Lease;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrantResponse;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.proto.etcd.LeaseLeasesRequest;
import io.kvorum.node.proto.etcd.LeaseLeasesResponse;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.LeaseRevokeResponse;
import io.kvorum.node.proto.etcd.LeaseStatus;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveRequest;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveResponse;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.server.api.Admission;
import io.kvorum.node.server.api.ApiError;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.api.CallFailedException;
import io.kvorum.node.server.api.Caller;
import io.kvorum.node.server.api.Headers;
import io.kvorum.node.server.api.LeaderlessStreams;
import io.kvorum.node.server.api.ResponseWriter;
import io.kvorum.node.server.api.Unary;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Leases, as clients call them.
public final class LeaseService extends LeaseGrpc.LeaseImplBase {
  private final Backend backend;
  private final Admission admission;
  private final Lessor lessor;
  private final LeaseDesk desk;
  private final LeaderlessStreams leaderless;

  public LeaseService(
      Backend backend,
      Admission admission,
      Lessor lessor,
      LeaseDesk desk,
      LeaderlessStreams leaderless) {
    this.backend = backend;
    this.admission = admission;
    this.lessor = lessor;
    this.desk = desk;
    this.leaderless = leaderless;
  }

  @Override
  public void leaseGrant(LeaseGrantRequest request, StreamObserver<LeaseGrantResponse> client) {
    if (request.getTTL() > Lease.MAX_TTL_SECONDS) {
      client.onError(ApiError.LEASE_TTL_TOO_LARGE.exception());
      return;
    }
    long id = request.getID() != 0 ? request.getID() : newId();
    long ttl = Math.max(request.getTTL(), lessor.settings().minimumTtlSeconds());
    admission.propose(
        new Command.LeaseGrant(id, ttl),
        new Unary<>(backend, client) {
          @Override
          protected void succeeded(Answer answer) {
            if (answer
                instanceof Answer.Applied(Outcome.LeaseGranted(long revision, Lease lease))) {
              respond(
                  LeaseGrantResponse.newBuilder()
                      .setHeader(header(revision))
                      .setID(lease.id())
                      .setTTL(lease.ttlSeconds())
                      .build());
            } else {
              throw Invariant.unreachable("a grant is answered by a lease");
            }
          }
        });
  }

  private static long newId() {
    return ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
  }

  @Override
  public void leaseRevoke(LeaseRevokeRequest request, StreamObserver<LeaseRevokeResponse> client) {
    admission.propose(
        new Command.LeaseRevoke(request.getID()),
        new Unary<>(backend, client) {
          @Override
          protected void succeeded(Answer answer) {
            if (answer instanceof Answer.Applied(Outcome.Success success)) {
              respond(
                  LeaseRevokeResponse.newBuilder().setHeader(header(success.revision())).build());
            } else {
              throw Invariant.unreachable("a revocation is answered by its outcome");
            }
          }
        });
  }

  @Override
  public void leaseTimeToLive(
      LeaseTimeToLiveRequest request, StreamObserver<LeaseTimeToLiveResponse> client) {
    Caller caller = Caller.Credentials.current().caller();
    ApiError refusal = caller.refusal(backend.accounts(), Access::anybody);
    if (refusal != null) {
      client.onError(refusal.exception());
      return;
    }
    EventExecutor home = home();
    var _ =
        desk.timeToLive(request.getID(), request.getKeys())
            .whenCompleteAsync(
                (found, failure) -> {
                  if (failure != null) {
                    client.onError(CallFailedException.errorOf(failure).exception());
                    return;
                  }
                  ApiError secret =
                      caller.refusal(backend.accounts(), access -> access.readEach(found.keys()));
                  if (secret != null) {
                    client.onError(secret.exception());
                    return;
                  }
                  var response =
                      LeaseTimeToLiveResponse.newBuilder()
                          .setHeader(Headers.now(backend))
                          .setID(request.getID())
                          .setTTL(found.leftSeconds())
                          .setGrantedTTL(found.grantedSeconds());
                  for (Bytes key : found.keys()) {
                    response.addKeys(ResponseWriter.bytes(key));
                  }
                  client.onNext(response.build());
                  client.onCompleted();
                },
                home);
  }

  private static EventExecutor home() {
    EventExecutor current = ThreadExecutorMap.currentExecutor();
    return current == null ? ImmediateEventExecutor.INSTANCE : current;
  }

  @Override
  public void leaseLeases(LeaseLeasesRequest request, StreamObserver<LeaseLeasesResponse> client) {
    ApiError refusal = refusalOfList();
    if (refusal != null) {
      client.onError(refusal.exception());
      return;
    }
    var response = LeaseLeasesResponse.newBuilder().setHeader(Headers.now(backend));
    for (long id : lessor.ids()) {
      response.addLeases(LeaseStatus.newBuilder().setID(id));
    }
    client.onNext(response.build());
    client.onCompleted();
  }

  /// Who lists leases must be able to read every key that hangs on one.
  private @Nullable ApiError refusalOfList() {
    if (!backend.accounts().enabled()) {
      return null;
    }
    Caller caller = Caller.Credentials.current().caller();
    try (View view = backend.retainView()) {
      return caller.refusal(
          view.accounts(),
          access -> {
            if (access.root() == null) {
              return null;
            }
            AuthRefusal reason = access.anybody();
            for (Lease lease : reason == null ? view.leases() : List.<Lease>of()) {
              reason = reason == null ? access.readAll(lease.id(), view::allAttached) : reason;
            }
            return reason;
          });
    }
  }

  @Override
  public StreamObserver<LeaseKeepAliveRequest> leaseKeepAlive(
      StreamObserver<LeaseKeepAliveResponse> client) {
    var stream = new KeepAlives((ServerCallStreamObserver<LeaseKeepAliveResponse>) client);
    stream.unregister = leaderless.register(stream::end);
    return stream;
  }

  /// One client's stream of renewals: one at a time, each answered before the next is read.
  private final class KeepAlives implements StreamObserver<LeaseKeepAliveRequest> {
    private final ServerCallStreamObserver<LeaseKeepAliveResponse> call;
    private final EventExecutor home = home();
    private final Caller.Credentials credentials = Caller.Credentials.current();
    private Runnable unregister = () -> {};
    private boolean busy;
    private boolean halfClosed;
    private boolean ended;

    KeepAlives(ServerCallStreamObserver<LeaseKeepAliveResponse> call) {
      this.call = call;
      call.disableAutoRequest();
      call.setOnCancelHandler(this::leave);
      call.request(1);
    }

    private void leave() {
      ended = true;
      unregister.run();
    }

    @Override
    public void onNext(LeaseKeepAliveRequest request) {
      busy = true;
      ApiError refusal = refusal(request.getID());
      if (refusal != null) {
        end(refusal.status());
        return;
      }
      ResponseHeader header = Headers.now(backend);
      var renewal = desk.renew(request.getID());
      if (renewal.isDone() && !renewal.isCompletedExceptionally()) {
        answer(request, header, renewal.join());
        return;
      }
      var _ =
          renewal.whenCompleteAsync(
              (seconds, failure) -> {
                if (failure == null) {
                  answer(request, header, seconds);
                } else {
                  end(CallFailedException.errorOf(failure).status());
                }
              },
              home);
    }

    /// Renewing a lease keeps its keys, which is a way to write them.
    private @Nullable ApiError refusal(long id) {
      if (!backend.accounts().enabled()) {
        return null;
      }
      try (View view = backend.retainView()) {
        return credentials
            .caller()
            .refusal(view.accounts(), access -> access.writeAll(id, view::allAttached));
      }
    }

    private void answer(LeaseKeepAliveRequest request, ResponseHeader header, long seconds) {
      busy = false;
      if (ended) {
        return;
      }
      call.onNext(
          LeaseKeepAliveResponse.newBuilder()
              .setHeader(header)
              .setID(request.getID())
              .setTTL(seconds)
              .build());
      if (halfClosed) {
        complete();
      } else {
        call.request(1);
      }
    }

    private void complete() {
      leave();
      call.onCompleted();
    }

    @Override
    public void onError(Throwable failure) {
      leave();
    }

    @Override
    public void onCompleted() {
      halfClosed = true;
      if (!busy && !ended) {
        complete();
      }
    }

    void end(Status status) {
      if (!ended) {
        leave();
        call.onError(status.asRuntimeException());
      }
    }
  }
}
