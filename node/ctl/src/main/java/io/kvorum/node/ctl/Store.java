package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A store whose contents a command copies or compares: what all such commands ask of it.
record Store(Client client, Scope scope) {

  private static final int BUSY_ATTEMPTS_MAX = 200;
  private static final long BUSY_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

  RangeResponse range(RangeRequest request) throws Failure, IOException {
    return client.read(channel -> KVGrpc.newBlockingStub(channel).range(request));
  }

  /// Its revision, and whose it is.
  ResponseHeader header() throws Failure, IOException {
    return range(RangeRequest.newBuilder().setKey(scope.start()).setCountOnly(true).build())
        .getHeader();
  }

  long revision() throws Failure, IOException {
    return header().getRevision();
  }

  long count(long revision) throws Failure, IOException {
    return range(scope.range().setCountOnly(true).setRevision(revision).build()).getCount();
  }

  /// Makes a transaction that may be made twice, until it is answered.
  TxnResponse commit(TxnRequest request) throws Failure, IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return client.read(channel -> KVGrpc.newBlockingStub(channel).txn(request));
      } catch (Failure e) {
        if (!e.text().equals("etcdserver: too many requests") || attempt == BUSY_ATTEMPTS_MAX) {
          throw explained(e, request);
        }
        LockSupport.parkNanos(BUSY_PAUSE_NANOS);
      }
    }
  }

  /// Names the key and the way out where the store's own words don't.
  private static Failure explained(Failure failure, TxnRequest request) {
    if (failure.text().equals("etcdserver: request is too large")) {
      return Failure.error(
          "%s (key %s): start the target's members with a larger --max-request-bytes"
              .formatted(failure.text(), GoText.quote(firstKey(request))));
    }
    return failure;
  }

  private static ByteString firstKey(TxnRequest request) {
    if (request.getSuccessCount() == 0) {
      return ByteString.EMPTY;
    }
    var first = request.getSuccess(0);
    return first.hasRequestPut()
        ? first.getRequestPut().getKey()
        : first.getRequestDeleteRange().getKey();
  }
}
