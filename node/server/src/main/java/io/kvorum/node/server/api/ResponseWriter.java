package io.kvorum.node.server.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Event;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.RangeResult;
import io.kvorum.node.proto.etcd.DeleteRangeResponse;
import io.kvorum.node.proto.etcd.PutResponse;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.ResponseOp;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.mvcc.KeyValue;

/// Turns what the core answers into responses of the wire.
public final class ResponseWriter {
  private ResponseWriter() {}

  /// Shares the array: neither side changes it.
  public static ByteString bytes(Bytes bytes) {
    return bytes.isEmpty() ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(bytes.array());
  }

  public static KeyValue keyValue(io.kvorum.node.core.kv.KeyValue kv) {
    return KeyValue.newBuilder()
        .setKey(bytes(kv.key()))
        .setCreateRevision(kv.createRevision())
        .setModRevision(kv.modRevision())
        .setVersion(kv.version())
        .setValue(bytes(kv.value()))
        .setLease(kv.lease())
        .build();
  }

  public static io.kvorum.node.proto.mvcc.Event event(Event event, boolean previousWanted) {
    var written =
        io.kvorum.node.proto.mvcc.Event.newBuilder()
            .setType(
                switch (event.kind()) {
                  case PUT -> io.kvorum.node.proto.mvcc.Event.EventType.PUT;
                  case DELETE -> io.kvorum.node.proto.mvcc.Event.EventType.DELETE;
                })
            .setKv(keyValue(event.current()));
    if (previousWanted && event.previous() != null) {
      written.setPrevKv(keyValue(event.previous()));
    }
    return written.build();
  }

  static RangeResponse range(ResponseHeader header, RangeResult result) {
    var response =
        RangeResponse.newBuilder()
            .setHeader(header)
            .setMore(result.more())
            .setCount(result.count());
    for (var kv : result.kvs()) {
      response.addKvs(keyValue(kv));
    }
    return response.build();
  }

  static PutResponse put(ResponseHeader header, Outcome.PutDone done) {
    var response = PutResponse.newBuilder().setHeader(header);
    if (done.previous() != null) {
      response.setPrevKv(keyValue(done.previous()));
    }
    return response.build();
  }

  static DeleteRangeResponse deleted(ResponseHeader header, Outcome.Deleted done) {
    var response = DeleteRangeResponse.newBuilder().setHeader(header).setDeleted(done.count());
    for (var kv : done.previous()) {
      response.addPrevKvs(keyValue(kv));
    }
    return response.build();
  }

  static TxnResponse txn(ResponseHeader header, Outcome.TxnDone done) {
    var response = TxnResponse.newBuilder().setHeader(header).setSucceeded(done.succeeded());
    for (Outcome.OperationSuccess inner : done.responses()) {
      response.addResponses(operation(inner));
    }
    return response.build();
  }

  /// Inner responses have a header with nothing but the revision.
  private static ResponseOp operation(Outcome.OperationSuccess inner) {
    ResponseHeader header = ResponseHeader.newBuilder().setRevision(inner.revision()).build();
    var response = ResponseOp.newBuilder();
    switch (inner) {
      case Outcome.Ranged ranged -> response.setResponseRange(range(header, ranged.result()));
      case Outcome.PutDone done -> response.setResponsePut(put(header, done));
      case Outcome.Deleted done -> response.setResponseDeleteRange(deleted(header, done));
      case Outcome.TxnDone done -> response.setResponseTxn(txn(header, done));
    }
    return response.build();
  }
}
