package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.Compare;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.DeleteRangeResponse;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveResponse;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.PutResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.ResponseOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.proto.mvcc.KeyValue;

/// What stands before every key on the members and is not seen by clients: it is put before the
/// keys of requests and taken from those of answers.
///
/// A range with an open end ends with the namespace. An empty key stays what it is where the
/// members refuse it.
record Namespace(ByteString prefix) {

  /// Keys are the same on both sides.
  static final Namespace NONE = new Namespace(ByteString.EMPTY);

  /// The end of a range that has none, and the lowest key.
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  private static final int HIGHEST_BYTE = 0xFF;

  static Namespace of(String prefix) {
    return prefix.isEmpty() ? NONE : new Namespace(ByteString.copyFromUtf8(prefix));
  }

  boolean isEmpty() {
    return prefix.isEmpty();
  }

  // ---- Requests

  /// The name of a lock or an election, which is the beginning of a key; an empty one begins there,
  /// too.
  ByteString name(ByteString name) {
    return prefix.concat(name);
  }

  /// A key within the namespace.
  ByteString key(ByteString key) {
    return key.isEmpty() ? key : prefix.concat(key);
  }

  private ByteString end(ByteString end) {
    if (end.isEmpty()) {
      return end;
    }
    return end.equals(ZERO) ? behindAll() : prefix.concat(end);
  }

  /// The first key behind every key of the namespace; the open end when there is none.
  private ByteString behindAll() {
    byte[] bytes = prefix.toByteArray();
    for (int at = bytes.length - 1; at >= 0; at--) {
      if ((bytes[at] & HIGHEST_BYTE) < HIGHEST_BYTE) {
        bytes[at]++;
        return ByteString.copyFrom(bytes, 0, at + 1);
      }
    }
    return ZERO;
  }

  RangeRequest in(RangeRequest request) {
    return request.toBuilder()
        .setKey(key(request.getKey()))
        .setRangeEnd(end(request.getRangeEnd()))
        .build();
  }

  PutRequest in(PutRequest request) {
    return request.toBuilder().setKey(key(request.getKey())).build();
  }

  DeleteRangeRequest in(DeleteRangeRequest request) {
    return request.toBuilder()
        .setKey(key(request.getKey()))
        .setRangeEnd(end(request.getRangeEnd()))
        .build();
  }

  TxnRequest in(TxnRequest request) {
    TxnRequest.Builder inner = request.toBuilder();
    for (Compare.Builder compare : inner.getCompareBuilderList()) {
      compare.setKey(key(compare.getKey())).setRangeEnd(end(compare.getRangeEnd()));
    }
    inner.getSuccessBuilderList().forEach(this::move);
    inner.getFailureBuilderList().forEach(this::move);
    return inner.build();
  }

  private void move(RequestOp.Builder operation) {
    switch (operation.getRequestCase()) {
      case REQUEST_RANGE -> operation.setRequestRange(in(operation.getRequestRange()));
      case REQUEST_PUT -> operation.setRequestPut(in(operation.getRequestPut()));
      case REQUEST_DELETE_RANGE ->
          operation.setRequestDeleteRange(in(operation.getRequestDeleteRange()));
      case REQUEST_TXN -> operation.setRequestTxn(in(operation.getRequestTxn()));
      case REQUEST_NOT_SET -> {}
    }
  }

  /// Of a watch the empty key is the lowest one.
  WatchCreateRequest watched(WatchCreateRequest request) {
    if (isEmpty()) {
      return request;
    }
    ByteString first = request.getKey().isEmpty() ? ZERO : request.getKey();
    return request.toBuilder().setKey(key(first)).setRangeEnd(end(request.getRangeEnd())).build();
  }

  // ---- Answers

  /// A key as the client knows it. What is not in the namespace stays: it is nothing of theirs.
  ByteString stripped(ByteString key) {
    return key.startsWith(prefix) ? key.substring(prefix.size()) : key;
  }

  private KeyValue stripped(KeyValue pair) {
    return pair.toBuilder().setKey(stripped(pair.getKey())).build();
  }

  RangeResponse stripped(RangeResponse answer) {
    RangeResponse.Builder outer = answer.toBuilder();
    for (int i = 0; i < outer.getKvsCount(); i++) {
      outer.setKvs(i, stripped(outer.getKvs(i)));
    }
    return outer.build();
  }

  PutResponse stripped(PutResponse answer) {
    return answer.hasPrevKv()
        ? answer.toBuilder().setPrevKv(stripped(answer.getPrevKv())).build()
        : answer;
  }

  DeleteRangeResponse stripped(DeleteRangeResponse answer) {
    DeleteRangeResponse.Builder outer = answer.toBuilder();
    for (int i = 0; i < outer.getPrevKvsCount(); i++) {
      outer.setPrevKvs(i, stripped(outer.getPrevKvs(i)));
    }
    return outer.build();
  }

  TxnResponse stripped(TxnResponse answer) {
    TxnResponse.Builder outer = answer.toBuilder();
    outer.getResponsesBuilderList().forEach(this::strip);
    return outer.build();
  }

  private void strip(ResponseOp.Builder answer) {
    switch (answer.getResponseCase()) {
      case RESPONSE_RANGE -> answer.setResponseRange(stripped(answer.getResponseRange()));
      case RESPONSE_PUT -> answer.setResponsePut(stripped(answer.getResponsePut()));
      case RESPONSE_DELETE_RANGE ->
          answer.setResponseDeleteRange(stripped(answer.getResponseDeleteRange()));
      case RESPONSE_TXN -> answer.setResponseTxn(stripped(answer.getResponseTxn()));
      case RESPONSE_NOT_SET -> {}
    }
  }

  WatchResponse stripped(WatchResponse answer) {
    WatchResponse.Builder outer = answer.toBuilder();
    for (Event.Builder event : outer.getEventsBuilderList()) {
      event.setKv(stripped(event.getKv()));
      if (event.hasPrevKv()) {
        event.setPrevKv(stripped(event.getPrevKv()));
      }
    }
    return outer.build();
  }

  /// The keys of a lease that are in the namespace.
  LeaseTimeToLiveResponse stripped(LeaseTimeToLiveResponse answer) {
    LeaseTimeToLiveResponse.Builder outer = answer.toBuilder().clearKeys();
    for (ByteString key : answer.getKeysList()) {
      if (key.startsWith(prefix)) {
        outer.addKeys(stripped(key));
      }
    }
    return outer.build();
  }
}
