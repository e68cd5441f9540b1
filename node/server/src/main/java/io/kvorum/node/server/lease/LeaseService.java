package io.kvorum.node.server.lease;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Access;
import io.kvorum.node.core.kv.AnswerRoom;
import io.kvorum.node.core.kv.AuthRefusal;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.Lease;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.lease.Lessor;
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
import io.kvorum.node.server.api.OpenStreams;
import io.kvorum.node.server.api.Reading;
import io.kvorum.node.server.api.ResponseWriter;
import io.kvorum.node.server.api.Unary;
import io.kvorum.node.server.lease.LeaderCalls.TimeToLive;
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
  private final OpenStreams streams;

  public LeaseService(
      Backend backend, Admission admission, Lessor lessor, LeaseDesk desk, OpenStreams streams) {
    this.backend = backend;
    this.admission = admission;
    this.lessor = lessor;
    this.desk = desk;
    this.streams = streams;
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
    var read = new TimeToLiveRead(request, client);
    var _ =
        desk.timeToLive(request.getID())
            .whenCompleteAsync(
                (found, failure) -> {
                  if (failure != null) {
                    read.fail(CallFailedException.errorOf(failure));
                  } else {
                    read.found(found);
                  }
                },
                home());
  }

  /// What is left of a lease, and its keys if they are asked for: those this member reads itself.
  private final class TimeToLiveRead extends Reading<LeaseTimeToLiveResponse> {
    private final LeaseTimeToLiveRequest request;
    private TimeToLive found = TimeToLive.NONE;

    TimeToLiveRead(LeaseTimeToLiveRequest request, StreamObserver<LeaseTimeToLiveResponse> client) {
      super(LeaseService.this.backend, client);
      this.request = request;
    }

    void found(TimeToLive left) {
      found = left;
      if (request.getKeys() && left.leftSeconds() >= 0) {
        start(false);
      } else {
        respond(response(List.of()));
      }
    }

    /// A lease may have any number of keys.
    @Override
    protected long maxRows(View view) {
      return Long.MAX_VALUE;
    }

    @Override
    protected @Nullable AuthRefusal refusal(Access access, View view) {
      return access.readAll(request.getID(), view::allAttached);
    }

    @Override
    protected Outcome read(View view, AnswerRoom room) {
      return view.attached(request.getID(), room);
    }

    @Override
    protected LeaseTimeToLiveResponse response(Outcome.Success success) {
      if (success instanceof Outcome.Attached(_, List<Bytes> keys)) {
        return response(keys);
      }
      throw Invariant.unreachable("attached keys are answered by themselves");
    }

    private LeaseTimeToLiveResponse response(List<Bytes> keys) {
      var response =
          LeaseTimeToLiveResponse.newBuilder()
              .setHeader(Headers.now(backend))
              .setID(request.getID())
              .setTTL(found.leftSeconds())
              .setGrantedTTL(found.grantedSeconds());
      for (Bytes key : keys) {
        response.addKeys(ResponseWriter.bytes(key));
      }
      return response.build();
    }
  }

  private static EventExecutor home() {
    EventExecutor current = ThreadExecutorMap.currentExecutor();
    return current == null ? ImmediateEventExecutor.INSTANCE : current;
  }

  @Override
  public void leaseLeases(LeaseLeasesRequest request, StreamObserver<LeaseLeasesResponse> client) {
    if (!backend.accounts().enabled()) {
      list(client);
      return;
    }
    Caller caller = Caller.Credentials.current().caller();
    View view = backend.retainView();
    // There may be any number of leases and of keys that hang on them.
    boolean offered =
        backend.offerSlowRead(() -> {
          try (view) {
            ApiError refusal =
                caller.refusal(view.accounts(), access -> refusalOfList(access, view));
            if (refusal == null) {
              list(client);
            } else {
              client.onError(refusal.exception());
            }
          }
        });
    if (!offered) {
      view.close();
      client.onError(ApiError.TOO_MANY_REQUESTS.exception());
    }
  }

  private void list(StreamObserver<LeaseLeasesResponse> client) {
    var response = LeaseLeasesResponse.newBuilder().setHeader(Headers.now(backend));
    for (long id : lessor.ids()) {
      response.addLeases(LeaseStatus.newBuilder().setID(id));
    }
    client.onNext(response.build());
    client.onCompleted();
  }

  /// Who lists leases must be able to read every key that hangs on one.
  private static @Nullable AuthRefusal refusalOfList(Access access, View view) {
    if (access.root() == null) {
      return null;
    }
    AuthRefusal reason = access.anybody();
    for (Lease lease : reason == null ? view.leases() : List.<Lease>of()) {
      reason = reason == null ? access.readAll(lease.id(), view::allAttached) : reason;
    }
    return reason;
  }

  @Override
  public StreamObserver<LeaseKeepAliveRequest> leaseKeepAlive(
      StreamObserver<LeaseKeepAliveResponse> client) {
    var stream = new KeepAlives((ServerCallStreamObserver<LeaseKeepAliveResponse>) client);
    stream.unregister = streams.register(stream::end);
    return stream;
  }

  /// One client's stream of renewals: one at a time. The next is read when the answer to the one
  /// before has found room, so a client that never reads can't make this side pile up answers.
  private final class KeepAlives implements StreamObserver<LeaseKeepAliveRequest> {
    private final ServerCallStreamObserver<LeaseKeepAliveResponse> call;
    private final EventExecutor home = home();
    private final Caller.Credentials credentials = Caller.Credentials.current();
    private Runnable unregister = () -> {};
    private boolean busy;
    private boolean requestHeldBack;
    private boolean halfClosed;
    private boolean ended;

    KeepAlives(ServerCallStreamObserver<LeaseKeepAliveResponse> call) {
      this.call = call;
      call.disableAutoRequest();
      call.setOnReadyHandler(this::onReady);
      call.setOnCancelHandler(this::leave);
      call.request(1);
    }

    private void onReady() {
      if (requestHeldBack) {
        requestHeldBack = false;
        call.request(1);
      }
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
      } else if (call.isReady()) {
        call.request(1);
      } else {
        requestHeldBack = true;
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
