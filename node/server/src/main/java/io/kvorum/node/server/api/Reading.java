package io.kvorum.node.server.api;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.kv.Access;
import io.kvorum.node.core.kv.AnswerRoom;
import io.kvorum.node.core.kv.AuthRefusal;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Request;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// A read from a view, once the view is fresh enough. Its answer shares the memory of all answers.
///
/// It is made while its call comes in, on the event loop. A small one is answered right there; what
/// may look at many rows goes to the slow readers.
public abstract class Reading<T> extends Unary<T> {
  /// A read that waits so long for its turn is a slow one, as etcd counts.
  private static final long SLOW_READ_NANOS = 500_000_000;

  /// A read of more rows than this leaves the event loop: about 100 µs of scanning and writing.
  private static final int MAX_ROWS_ON_EVENT_LOOP = 64;

  private final Caller caller;
  private final AnswerMemory.Share memory;
  private final boolean toldOfItsEnd;

  /// When it was asked for.
  final long beganNanos = System.nanoTime();

  protected Reading(Backend backend, StreamObserver<T> client) {
    super(backend, client);
    memory = backend.answerMemory().share();
    toldOfItsEnd = client instanceof ServerCallStreamObserver<T>;
    if (client instanceof ServerCallStreamObserver<T> call) {
      // The one when the answer has been written, the other when its client is gone.
      call.setOnCloseHandler(memory::close);
      call.setOnCancelHandler(memory::close);
    }
    caller =
        backend.accounts().enabled() ? Caller.Credentials.current().caller() : Caller.Known.NOBODY;
  }

  /// About so many rows are looked at.
  protected abstract long maxRows(View view);

  /// What stands against the read under the accounts of the very state that is read.
  protected abstract @Nullable AuthRefusal refusal(Access access, View view);

  protected abstract Outcome read(View view, AnswerRoom room);

  protected abstract T response(Outcome.Success success);

  /// Reads as soon as the state is fresh enough.
  ///
  /// @param serializable whether the state that this member has now will do
  public void start(boolean serializable) {
    if (serializable || backend.readsAlone()) {
      serve();
    } else {
      backend.submit(new Request.Read(this));
    }
  }

  @Override
  protected LongAdder refusals() {
    return backend.counters().readsFailed;
  }

  @Override
  protected void succeeded(Answer answer) {
    if (System.nanoTime() - beganNanos > SLOW_READ_NANOS) {
      backend.counters().readsSlow.increment();
    }
    serve();
  }

  private void serve() {
    View view = backend.retainView();
    if (maxRows(view) <= MAX_ROWS_ON_EVENT_LOOP) {
      serveFrom(view);
    } else if (!backend.offerSlowRead(() -> serveFrom(view))) {
      view.close();
      fail(ApiError.TOO_MANY_REQUESTS);
    }
  }

  private void serveFrom(View view) {
    try (view) {
      ApiError refusal =
          view.accounts().enabled()
              ? caller.refusal(view.accounts(), access -> refusal(access, view))
              : null;
      if (refusal != null) {
        fail(refusal);
        return;
      }
      switch (read(view, memory)) {
        case Outcome.AnswerTooLarge _ -> fail(memory.refusal());
        case Outcome.Failure failure -> fail(ApiErrors.of(failure));
        case Outcome.Success success -> respond(response(success));
      }
    } finally {
      if (!toldOfItsEnd) {
        memory.close();
      }
    }
  }
}
