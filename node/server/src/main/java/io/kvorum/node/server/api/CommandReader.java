package io.kvorum.node.server.api;

import com.google.protobuf.ByteString;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.Compare;
import io.kvorum.node.core.kv.Operation;
import io.kvorum.node.core.kv.RangeQuery;
import io.kvorum.node.core.kv.RangeQuery.RevisionFilter;
import io.kvorum.node.core.kv.RangeQuery.SortOrder;
import io.kvorum.node.core.kv.RangeQuery.SortTarget;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import java.util.ArrayList;
import java.util.List;

/// Turns requests of the wire into commands and queries of the core.
final class CommandReader {
  private CommandReader() {}

  /// The request says something that no command can.
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;
    private final ApiError error;

    Unreadable(ApiError error) {
      super(error.text(), null, false, false);
      this.error = error;
    }

    ApiError error() {
      return error;
    }
  }

  static Bytes bytes(ByteString bytes) {
    return Bytes.wrap(bytes.toByteArray());
  }

  static Command.Put put(PutRequest request) {
    return new Command.Put(
        bytes(request.getKey()),
        bytes(request.getValue()),
        request.getLease(),
        request.getPrevKv(),
        request.getIgnoreValue(),
        request.getIgnoreLease());
  }

  static Command.DeleteRange delete(DeleteRangeRequest request) {
    return new Command.DeleteRange(
        bytes(request.getKey()), bytes(request.getRangeEnd()), request.getPrevKv());
  }

  static RangeQuery range(RangeRequest request) throws Unreadable {
    return new RangeQuery(
        bytes(request.getKey()),
        bytes(request.getRangeEnd()),
        request.getLimit(),
        request.getRevision(),
        order(request.getSortOrder()),
        target(request.getSortTarget()),
        request.getKeysOnly(),
        request.getCountOnly(),
        filter(request));
  }

  private static RevisionFilter filter(RangeRequest request) {
    if (request.getMinModRevision() == 0
        && request.getMaxModRevision() == 0
        && request.getMinCreateRevision() == 0
        && request.getMaxCreateRevision() == 0) {
      return RevisionFilter.NONE;
    }
    return new RevisionFilter(
        request.getMinModRevision(),
        request.getMaxModRevision(),
        request.getMinCreateRevision(),
        request.getMaxCreateRevision());
  }

  private static SortOrder order(RangeRequest.SortOrder order) throws Unreadable {
    return switch (order) {
      case NONE -> SortOrder.NONE;
      case ASCEND -> SortOrder.ASCEND;
      case DESCEND -> SortOrder.DESCEND;
      case UNRECOGNIZED -> throw new Unreadable(ApiError.INVALID_SORT_OPTION);
    };
  }

  private static SortTarget target(RangeRequest.SortTarget target) throws Unreadable {
    return switch (target) {
      case KEY -> SortTarget.KEY;
      case VERSION -> SortTarget.VERSION;
      case CREATE -> SortTarget.CREATE;
      case MOD -> SortTarget.MOD;
      case VALUE -> SortTarget.VALUE;
      case UNRECOGNIZED -> throw new Unreadable(ApiError.INVALID_SORT_OPTION);
    };
  }

  static Command.Txn txn(TxnRequest request) throws Unreadable {
    var compares = new ArrayList<Compare>(request.getCompareCount());
    for (var compare : request.getCompareList()) {
      compares.add(compare(compare));
    }
    return new Command.Txn(
        compares, operations(request.getSuccessList()), operations(request.getFailureList()));
  }

  private static List<Operation> operations(List<RequestOp> requests) throws Unreadable {
    var operations = new ArrayList<Operation>(requests.size());
    for (RequestOp request : requests) {
      operations.add(
          switch (request.getRequestCase()) {
            case REQUEST_RANGE -> range(request.getRequestRange());
            case REQUEST_PUT -> put(request.getRequestPut());
            case REQUEST_DELETE_RANGE -> delete(request.getRequestDeleteRange());
            case REQUEST_TXN -> txn(request.getRequestTxn());
            case REQUEST_NOT_SET -> throw new Unreadable(ApiError.KEY_NOT_FOUND);
          });
    }
    return operations;
  }

  private static Compare compare(io.kvorum.node.proto.etcd.Compare compare) {
    return new Compare(
        bytes(compare.getKey()),
        bytes(compare.getRangeEnd()),
        target(compare.getTarget()),
        result(compare.getResult()),
        number(compare),
        bytes(compare.getValue()));
  }

  /// The operand that the target asks for; what the union does not hold counts as zero.
  private static long number(io.kvorum.node.proto.etcd.Compare compare) {
    return switch (compare.getTarget()) {
      case VERSION -> compare.getVersion();
      case CREATE -> compare.getCreateRevision();
      case MOD -> compare.getModRevision();
      case LEASE -> compare.getLease();
      case VALUE, UNRECOGNIZED -> 0;
    };
  }

  private static Compare.Target target(io.kvorum.node.proto.etcd.Compare.CompareTarget target) {
    return switch (target) {
      case VERSION -> Compare.Target.VERSION;
      case CREATE -> Compare.Target.CREATE;
      case MOD -> Compare.Target.MOD;
      case VALUE -> Compare.Target.VALUE;
      case LEASE -> Compare.Target.LEASE;
      case UNRECOGNIZED -> Compare.Target.UNKNOWN;
    };
  }

  private static Compare.Result result(io.kvorum.node.proto.etcd.Compare.CompareResult result) {
    return switch (result) {
      case EQUAL -> Compare.Result.EQUAL;
      case GREATER -> Compare.Result.GREATER;
      case LESS -> Compare.Result.LESS;
      case NOT_EQUAL -> Compare.Result.NOT_EQUAL;
      case UNRECOGNIZED -> Compare.Result.UNKNOWN;
    };
  }

  /// Whether a transaction of reads may be answered from local state: each of its ranges says so.
  static boolean isSerializable(TxnRequest request) {
    return isSerializable(request.getSuccessList()) && isSerializable(request.getFailureList());
  }

  private static boolean isSerializable(List<RequestOp> operations) {
    return operations.stream()
        .allMatch(operation ->
            switch (operation.getRequestCase()) {
              case REQUEST_RANGE -> operation.getRequestRange().getSerializable();
              case REQUEST_TXN -> isSerializable(operation.getRequestTxn());
              case REQUEST_PUT, REQUEST_DELETE_RANGE, REQUEST_NOT_SET -> false;
            });
  }
}
