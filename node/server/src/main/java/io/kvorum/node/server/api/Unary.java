package io.kvorum.node.server.api;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.server.stage.PendingCall;
import java.util.concurrent.atomic.LongAdder;

/// A unary call on its way: what its answers have in common.
public abstract class Unary<T> extends PendingCall {
  protected final Backend backend;
  private final StreamObserver<T> client;

  protected Unary(Backend backend, StreamObserver<T> client) {
    this.backend = backend;
    this.client = client;
  }

  /// The response to an answer that is no refusal; or the call ends otherwise, by [#fail].
  protected abstract void succeeded(Answer answer);

  @Override
  protected void answered(Answer answer) {
    switch (answer) {
      case Answer.Refused refused -> {
        refusals().increment();
        fail(ApiErrors.of(refused));
      }
      case Answer.Applied(Outcome.Failure failure) -> fail(ApiErrors.of(failure));
      case Answer.Applied(Outcome.AnswerLeftOut _) -> fail(ApiError.ANSWER_LEFT_OUT);
      case Answer.Applied _,
          Answer.ReadReady _,
          Answer.MembersChanged _,
          Answer.LeadershipMoved _ ->
          succeeded(answer);
    }
  }

  /// What counts that the replica refused this call.
  protected LongAdder refusals() {
    return backend.counters().proposalsFailed;
  }

  protected void respond(T response) {
    if (isOpen()) {
      client.onNext(response);
      client.onCompleted();
    }
  }

  public void fail(ApiError error) {
    if (isOpen()) {
      client.onError(error.exception());
    }
  }

  /// A client that went away gets nothing, and is no error.
  private boolean isOpen() {
    return !(client instanceof ServerCallStreamObserver<T> call && call.isCancelled());
  }

  protected ResponseHeader header(long revision) {
    return Headers.of(backend, revision);
  }
}
