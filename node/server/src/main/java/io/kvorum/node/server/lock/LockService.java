package io.kvorum.node.server.lock;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.lock.LockGrpc;
import io.kvorum.node.proto.lock.LockRequest;
import io.kvorum.node.proto.lock.LockResponse;
import io.kvorum.node.proto.lock.UnlockRequest;
import io.kvorum.node.proto.lock.UnlockResponse;
import io.kvorum.node.server.api.ApiError;

/// Locks: who has the oldest key under a name holds the lock, as long as its lease lives.
final class LockService extends LockGrpc.LockImplBase {
  private final OwnStore.Parts parts;
  private final WaitingCalls calls;

  LockService(OwnStore.Parts parts, WaitingCalls calls) {
    this.parts = parts;
    this.calls = calls;
  }

  @Override
  public void lock(LockRequest request, StreamObserver<LockResponse> client) {
    var store = new OwnStore(parts);
    calls.answer(client, () -> lock(store, request));
  }

  private static LockResponse lock(OwnStore store, LockRequest request)
      throws InterruptedException {
    long lease = Leases.orGranted(store, request.getLease());
    var contest = new Contest(store, request.getName());
    ByteString key = contest.key(lease);
    TxnResponse entered =
        store.txn(
            Contest.entering(key, ByteString.EMPTY, lease)
                .addSuccess(RequestOp.newBuilder().setRequestRange(contest.first()))
                .addFailure(RequestOp.newBuilder().setRequestRange(contest.first()))
                .build());
    long created = Contest.created(entered);
    RangeResponse owner = entered.getResponses(1).getResponseRange();
    if (owner.getKvsCount() > 0 && owner.getKvs(0).getCreateRevision() != created) {
      contest.awaitTurn(key, created);
      RangeResponse own = store.range(Contest.only(key));
      if (own.getKvsCount() == 0) {
        throw ApiError.LOCK_SESSION_EXPIRED.exception();
      }
      return response(own.getHeader(), key);
    }
    if (entered.getSucceeded() && Context.current().isCancelled()) {
      store.leave(Contest.leaving(key, created));
    }
    return response(entered.getHeader(), key);
  }

  private static LockResponse response(ResponseHeader header, ByteString key) {
    return LockResponse.newBuilder().setHeader(header).setKey(key).build();
  }

  @Override
  public void unlock(UnlockRequest request, StreamObserver<UnlockResponse> client) {
    var store = new OwnStore(parts);
    calls.answer(
        client,
        () ->
            UnlockResponse.newBuilder()
                .setHeader(store.delete(request.getKey()).getHeader())
                .build());
  }
}
