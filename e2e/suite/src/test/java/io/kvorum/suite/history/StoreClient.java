package io.kvorum.suite.history;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.Compare;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.DeleteRangeResponse;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.ResponseOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.mvcc.KeyValue;
import io.kvorum.suite.history.Operation.Guard;
import io.kvorum.suite.history.Operation.Put;
import io.kvorum.suite.history.Operation.Read;
import io.kvorum.suite.history.Operation.Row;
import io.kvorum.suite.history.Operation.Write;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/// A blocking client of one member: one request at a time, never retried.
public final class StoreClient implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ManagedChannel channel;
  private final Duration patience;

  /// `endpoint` is `host:port`, plaintext.
  public StoreClient(String endpoint) {
    this(endpoint, PATIENCE);
  }

  /// @param patience how long it waits for an answer
  public StoreClient(String endpoint, Duration patience) {
    this(NettyChannelBuilder.forTarget(endpoint).usePlaintext().build(), patience);
  }

  /// Closes the channel in the end.
  public StoreClient(ManagedChannel channel) {
    this(channel, PATIENCE);
  }

  private StoreClient(ManagedChannel channel, Duration patience) {
    this.channel = channel;
    this.patience = patience;
  }

  /// The channel, for calls this class has no method for.
  public ManagedChannel channel() {
    return channel;
  }

  private KVGrpc.KVBlockingStub kv() {
    return KVGrpc.newBlockingStub(channel)
        .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// The revision of the write.
  public long put(String key, String value) {
    return kv().put(request(new Put(key, value))).getHeader().getRevision();
  }

  /// A read of one key; `serializable` reads the member's own state.
  public RangeResponse get(String key, boolean serializable) {
    return kv().range(request(new Read(Span.of(key), serializable, 0, 0)));
  }

  /// Renews a lease, within a bound: the seconds that it has from now on, 0 if there is none.
  public long renew(long lease, Duration bound) {
    var answer = new CompletableFuture<LeaseKeepAliveResponse>();
    StreamObserver<LeaseKeepAliveRequest> requests =
        LeaseGrpc.newStub(channel)
            .withDeadlineAfter(bound.toMillis(), TimeUnit.MILLISECONDS)
            .leaseKeepAlive(new First(answer));
    requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(lease).build());
    try {
      long seconds = answer.join().getTTL();
      requests.onCompleted();
      return seconds;
    } catch (CompletionException e) {
      throw Status.fromThrowable(e).asRuntimeException();
    }
  }

  private record First(CompletableFuture<LeaseKeepAliveResponse> answer)
      implements StreamObserver<LeaseKeepAliveResponse> {

    @Override
    public void onNext(LeaseKeepAliveResponse response) {
      answer.complete(response);
    }

    @Override
    public void onError(Throwable failure) {
      answer.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      answer.completeExceptionally(new IllegalStateException("ended without an answer"));
    }
  }

  /// Asks, by the plainest call that says it. An answer that is an error is thrown.
  Operation.Result ask(Operation.Request request) {
    return switch (request) {
      case Read read -> {
        RangeResponse response = kv().range(request(read));
        yield new Operation.Seen(
            response.getHeader().getRevision(), rows(response), response.getCount());
      }
      case Write write -> ask(write);
    };
  }

  private Operation.Result ask(Write write) {
    int parts = write.guards().size() + write.puts().size() + write.deletes().size();
    if (parts == 1 && write.puts().size() == 1) {
      long revision = kv().put(request(write.puts().getFirst())).getHeader().getRevision();
      return new Operation.Written(revision, 0);
    }
    if (parts == 1 && write.deletes().size() == 1) {
      DeleteRangeResponse response = kv().deleteRange(request(write.deletes().getFirst()));
      return new Operation.Written(response.getHeader().getRevision(), response.getDeleted());
    }
    return transact(write);
  }

  private Operation.Result transact(Write write) {
    var txn = TxnRequest.newBuilder();
    for (Guard guard : write.guards()) {
      txn.addCompare(
          Compare.newBuilder()
              .setKey(bytes(guard.key()))
              .setTarget(Compare.CompareTarget.MOD)
              .setResult(Compare.CompareResult.EQUAL)
              .setModRevision(guard.modRevision()));
      txn.addFailure(RequestOp.newBuilder().setRequestRange(request(Read.of(guard.key()))));
    }
    write.puts().forEach(put -> txn.addSuccess(RequestOp.newBuilder().setRequestPut(request(put))));
    write
        .deletes()
        .forEach(
            span -> txn.addSuccess(RequestOp.newBuilder().setRequestDeleteRange(request(span))));
    TxnResponse response = kv().txn(txn.build());
    long revision = response.getHeader().getRevision();
    List<ResponseOp> answers = response.getResponsesList();
    return response.getSucceeded()
        ? new Operation.Written(
            revision,
            answers.stream().mapToLong(op -> op.getResponseDeleteRange().getDeleted()).sum())
        : new Operation.Refused(
            revision,
            answers.stream().flatMap(op -> rows(op.getResponseRange()).stream()).toList());
  }

  private static PutRequest request(Put put) {
    return PutRequest.newBuilder()
        .setKey(bytes(put.key()))
        .setValue(bytes(put.value()))
        .setLease(put.lease())
        .build();
  }

  private static DeleteRangeRequest request(Span span) {
    return DeleteRangeRequest.newBuilder()
        .setKey(bytes(span.from()))
        .setRangeEnd(bytes(span.to()))
        .build();
  }

  private static RangeRequest request(Read read) {
    return RangeRequest.newBuilder()
        .setKey(bytes(read.span().from()))
        .setRangeEnd(bytes(read.span().to()))
        .setSerializable(read.serializable())
        .setRevision(read.atRevision())
        .setLimit(read.limit())
        .build();
  }

  private static List<Row> rows(RangeResponse response) {
    return response.getKvsList().stream().map(StoreClient::row).toList();
  }

  private static Row row(KeyValue kv) {
    return new Row(
        kv.getKey().toStringUtf8(),
        kv.getValue().toStringUtf8(),
        kv.getModRevision(),
        kv.getLease());
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
