package io.kvorum.node.server.lock;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.KeyRange;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.DeleteRangeResponse;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrantResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.server.api.ApiError;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.api.Caller;
import io.kvorum.node.server.api.KvService;
import io.kvorum.node.server.lease.LeaseService;
import io.kvorum.node.server.watch.LocalWatch;
import io.kvorum.node.server.watch.WatchHub;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/// The store as the caller of one call may use it, for a thread that can wait. What fails, or is
/// not allowed to the caller, ends with a [StatusRuntimeException].
///
/// Its text is what a client would get, its code is Unknown, as etcd's services put it on the wire;
/// only what may be tried again elsewhere still says so.
final class OwnStore {
  private final Parts parts;
  private final Context context = Context.current();
  private final EventExecutor home;

  /// What it is made of.
  record Parts(Backend backend, KvService keys, LeaseService leases, WatchHub hub) {}

  /// For the call that is being handled, on its event loop.
  OwnStore(Parts parts) {
    this.parts = parts;
    EventExecutor current = ThreadExecutorMap.currentExecutor();
    this.home = current == null ? ImmediateEventExecutor.INSTANCE : current;
  }

  TxnResponse txn(TxnRequest request) {
    return await(client -> parts.keys().txn(request, client));
  }

  /// A read changes nothing: it is given up when the thread is interrupted.
  RangeResponse range(RangeRequest request) throws InterruptedException {
    try {
      return this.<RangeResponse>begin(client -> parts.keys().range(request, client)).get();
    } catch (ExecutionException failed) {
      throw failure(failed);
    }
  }

  DeleteRangeResponse delete(ByteString key) {
    var request = DeleteRangeRequest.newBuilder().setKey(key).build();
    return await(client -> parts.keys().deleteRange(request, client));
  }

  /// Makes a change that nobody waits for: should it fail, the end of a lease makes up for it.
  void leave(TxnRequest request) {
    if (!home.isShuttingDown()) {
      StreamObserver<TxnResponse> nobody = new Answered<>(new CompletableFuture<>());
      home.execute(context.wrap(() -> parts.keys().txn(request, nobody)));
    }
  }

  /// Grants a lease that nobody renews.
  long grant(long ttlSeconds) {
    var request = LeaseGrantRequest.newBuilder().setTTL(ttlSeconds).build();
    LeaseGrantResponse granted = await(client -> parts.leases().leaseGrant(request, client));
    return granted.getID();
  }

  /// Watches keys from a revision on.
  ///
  /// @param rangeEnd as in requests
  LocalWatch watch(ByteString key, ByteString rangeEnd, long fromRevision) {
    KeyRange range = KeyRange.of(Bytes.wrap(key.toByteArray()), Bytes.wrap(rangeEnd.toByteArray()));
    ApiError refusal =
        Caller.Credentials.current()
            .caller()
            .refusal(parts.backend().accounts(), access -> access.read(range));
    if (refusal != null) {
      throw passedOn(refusal.exception());
    }
    return new LocalWatch(parts.hub(), range, fromRevision);
  }

  /// Makes the call, and waits for its end even when the thread is interrupted: a change that may
  /// have happened is never left alone.
  private <T> T await(Consumer<StreamObserver<T>> call) {
    try {
      return begin(call).join();
    } catch (CompletionException failed) {
      throw failure(failed);
    }
  }

  /// Makes the call as a client on the same connection would.
  private <T> CompletableFuture<T> begin(Consumer<StreamObserver<T>> call) {
    var answer = new CompletableFuture<T>();
    try {
      home.execute(context.wrap(() -> call.accept(new Answered<>(answer))));
      return answer;
    } catch (RejectedExecutionException stopped) {
      throw ApiError.STOPPED.exception();
    }
  }

  private static RuntimeException failure(Exception failed) {
    return failed.getCause() instanceof StatusRuntimeException refused
        ? passedOn(refused)
        : new CompletionException(failed.getCause());
  }

  private static StatusRuntimeException passedOn(StatusRuntimeException refused) {
    return refused.getStatus().getCode() == Status.Code.UNAVAILABLE
        ? refused
        : Status.UNKNOWN.withDescription(refused.getStatus().getDescription()).asRuntimeException();
  }

  /// The client's side of a call.
  private record Answered<T>(CompletableFuture<T> answer) implements StreamObserver<T> {
    @Override
    public void onNext(T response) {
      answer.complete(response);
    }

    @Override
    public void onError(Throwable failure) {
      answer.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {}
  }
}
