package io.kvorum.node.server.api;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Access;
import io.kvorum.node.core.kv.AnswerRoom;
import io.kvorum.node.core.kv.AuthRefusal;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCheck;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.RangeQuery;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.CompactionResponse;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.DeleteRangeResponse;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.PutResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.RangeStreamResponse;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keys and values.
///
/// Handlers run on the event loop: they check the request, hand it on, and return.
public final class KvService extends KVGrpc.KVImplBase {
  private final Backend backend;
  private final Admission admission;
  private final int maxTxnOperations;
  private final Removals removals;

  /// How to learn that a compaction has removed what it made invisible.
  @FunctionalInterface
  public interface Removals {
    void whenFinished(long revision, Runnable done);
  }

  public KvService(Backend backend, Admission admission, int maxTxnOperations, Removals removals) {
    this.backend = backend;
    this.admission = admission;
    this.maxTxnOperations = maxTxnOperations;
    this.removals = removals;
  }

  // ---- Reads

  @Override
  public void range(RangeRequest request, StreamObserver<RangeResponse> client) {
    backend.counters().ranges.increment();
    Optional<RangeQuery> readable = readable(request, client);
    if (readable.isEmpty()) {
      return;
    }
    RangeQuery query = readable.get();
    var read =
        new Reading<>(backend, client) {
          @Override
          protected long maxRows(View view) {
            return view.maxRowsOf(query);
          }

          @Override
          protected @Nullable AuthRefusal refusal(Access access, View view) {
            return access.query(query);
          }

          @Override
          protected Outcome read(View view, AnswerRoom room) {
            return view.range(query, backend.pageCounts(), room);
          }

          @Override
          protected void respond(RangeResponse response) {
            super.respond(response);
            backend.counters().rangesAnswered.took(System.nanoTime() - beganNanos);
          }

          @Override
          public void fail(ApiError error) {
            super.fail(error);
            backend.counters().rangesRefused.took(System.nanoTime() - beganNanos);
          }

          @Override
          protected RangeResponse response(Outcome.Success success) {
            if (success instanceof Outcome.Ranged ranged) {
              return ResponseWriter.range(header(ranged.revision()), ranged.result());
            }
            throw Invariant.unreachable("a range is answered by a range");
          }
        };
    read.start(request.getSerializable());
  }

  @Override
  public void rangeStream(RangeRequest request, StreamObserver<RangeStreamResponse> client) {
    backend.counters().ranges.increment();
    String refusal = RangeStream.refusal(request);
    if (!refusal.isEmpty()) {
      client.onError(Status.UNIMPLEMENTED.withDescription(refusal).asRuntimeException());
      return;
    }
    readable(request, client)
        .ifPresent(query ->
            RangeStream.start(
                backend,
                query,
                request.getSerializable(),
                (ServerCallStreamObserver<RangeStreamResponse>) client));
  }

  /// What is to be read; empty if the client has been refused it.
  private Optional<RangeQuery> readable(RangeRequest request, StreamObserver<?> client) {
    RangeQuery query;
    try {
      query = CommandReader.range(request);
    } catch (CommandReader.Unreadable unreadable) {
      client.onError(unreadable.error().exception());
      return Optional.empty();
    }
    Optional<Outcome.Failure> refusal = CommandCheck.refusal(query);
    if (refusal.isPresent()) {
      client.onError(ApiErrors.of(refusal.get()).exception());
      return Optional.empty();
    }
    if (!request.getSerializable() && backend.isLearner()) {
      client.onError(ApiError.LEARNER_CANNOT_SERVE.exception());
      return Optional.empty();
    }
    return Optional.of(query);
  }

  // ---- Writes

  @Override
  public void put(PutRequest request, StreamObserver<PutResponse> client) {
    backend.counters().puts.increment();
    Command.Put command = CommandReader.put(request);
    backend.counters().putBytes.add((long) request.getKey().size() + request.getValue().size());
    propose(
        command,
        new Writing<>(backend, client) {
          @Override
          PutResponse response(Outcome.Success success) {
            if (success instanceof Outcome.PutDone done) {
              return ResponseWriter.put(header(done.revision()), done);
            }
            throw Invariant.unreachable("a put is answered by a put");
          }
        });
  }

  @Override
  public void deleteRange(DeleteRangeRequest request, StreamObserver<DeleteRangeResponse> client) {
    backend.counters().deletes.increment();
    propose(
        CommandReader.delete(request),
        new Writing<>(backend, client) {
          @Override
          DeleteRangeResponse response(Outcome.Success success) {
            if (success instanceof Outcome.Deleted done) {
              return ResponseWriter.deleted(header(done.revision()), done);
            }
            throw Invariant.unreachable("a delete is answered by a delete");
          }
        });
  }

  @Override
  public void txn(TxnRequest request, StreamObserver<TxnResponse> client) {
    backend.counters().transactions.increment();
    Command.Txn command;
    try {
      command = CommandReader.txn(request);
    } catch (CommandReader.Unreadable unreadable) {
      client.onError(unreadable.error().exception());
      return;
    }
    if (command.isReadOnly()) {
      readOnly(command, CommandReader.isSerializable(request), client);
    } else {
      propose(
          command,
          new Writing<>(backend, client) {
            @Override
            TxnResponse response(Outcome.Success success) {
              return txnResponse(this, success);
            }
          });
    }
  }

  private static TxnResponse txnResponse(Unary<TxnResponse> call, Outcome.Success success) {
    if (success instanceof Outcome.TxnDone done) {
      return ResponseWriter.txn(call.header(done.revision()), done);
    }
    throw Invariant.unreachable("a transaction is answered by a transaction");
  }

  private void readOnly(Command.Txn txn, boolean serializable, StreamObserver<TxnResponse> client) {
    Optional<Outcome.Failure> refusal = CommandCheck.refusal(txn, maxTxnOperations);
    if (refusal.isPresent()) {
      client.onError(ApiErrors.of(refusal.get()).exception());
      return;
    }
    var read =
        new Reading<>(backend, client) {
          @Override
          protected long maxRows(View view) {
            return view.maxRowsOf(txn);
          }

          @Override
          protected @Nullable AuthRefusal refusal(Access access, View view) {
            return access.readOnly(txn);
          }

          @Override
          protected Outcome read(View view, AnswerRoom room) {
            return view.txn(txn, backend.pageCounts(), room);
          }

          @Override
          protected TxnResponse response(Outcome.Success success) {
            return txnResponse(this, success);
          }
        };
    read.start(serializable);
  }

  @Override
  public void compact(CompactionRequest request, StreamObserver<CompactionResponse> client) {
    propose(
        new Command.Compact(request.getRevision()),
        new Unary<>(backend, client) {
          @Override
          protected void succeeded(Answer answer) {
            if (request.getPhysical()) {
              removals.whenFinished(request.getRevision(), this::done);
            } else {
              done();
            }
          }

          private void done() {
            respond(CompactionResponse.newBuilder().setHeader(Headers.now(backend)).build());
          }
        });
  }

  /// A command that was applied.
  private abstract static class Writing<T> extends Unary<T> {
    Writing(Backend backend, StreamObserver<T> client) {
      super(backend, client);
    }

    abstract T response(Outcome.Success success);

    @Override
    protected void succeeded(Answer answer) {
      if (answer instanceof Answer.Applied(Outcome.Success success)) {
        respond(response(success));
      } else {
        throw Invariant.unreachable("a command is answered by its outcome");
      }
    }
  }

  private void propose(Command command, Unary<?> call) {
    Optional<Outcome.Failure> refusal = CommandCheck.refusal(command, maxTxnOperations);
    if (refusal.isPresent()) {
      call.fail(ApiErrors.of(refusal.get()));
    } else {
      admission.propose(command, call);
    }
  }
}
