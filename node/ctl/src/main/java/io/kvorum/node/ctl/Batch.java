package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.util.ArrayList;
import java.util.List;

/// Operations gathered into a transaction that a store takes.
final class Batch {

  /// How large a transaction may be. One operation always fits.
  record Limits(int operations, int bytes) {}

  private final Limits limits;
  private final List<RequestOp> operations = new ArrayList<>();
  private int bytes;

  Batch(Limits limits) {
    this.limits = limits;
  }

  boolean hasRoomFor(RequestOp operation) {
    return operations.isEmpty()
        || (operations.size() < limits.operations()
            && bytes + operation.getSerializedSize() <= limits.bytes());
  }

  void add(RequestOp operation) {
    operations.add(operation);
    bytes += operation.getSerializedSize();
  }

  boolean isEmpty() {
    return operations.isEmpty();
  }

  /// Takes what was gathered.
  TxnRequest take() {
    TxnRequest request = TxnRequest.newBuilder().addAllSuccess(operations).build();
    operations.clear();
    bytes = 0;
    return request;
  }

  static RequestOp put(KeyValue pair) {
    return RequestOp.newBuilder()
        .setRequestPut(
            PutRequest.newBuilder()
                .setKey(pair.getKey())
                .setValue(pair.getValue())
                .setLease(pair.getLease()))
        .build();
  }

  static RequestOp delete(ByteString key) {
    return RequestOp.newBuilder()
        .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key))
        .build();
  }
}
