package io.kvorum.node.server.lock;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.server.api.ApiError;
import io.kvorum.node.server.api.OpenStreams;
import java.util.concurrent.Semaphore;

/// Calls that may wait for long, each on a virtual thread of its own, which is interrupted when the
/// client goes away.
final class WaitingCalls {
  /// A call that waits holds a stack, a watch and its request: a few kilobytes.
  private static final int MAX_CALLS = 10_000;

  private final Semaphore room = new Semaphore(MAX_CALLS);
  private final OpenStreams streams;

  WaitingCalls(OpenStreams streams) {
    this.streams = streams;
  }

  /// What a call does with its time. A [StatusRuntimeException] is its answer.
  @FunctionalInterface
  interface Work {
    void run() throws InterruptedException;
  }

  /// What a call answers.
  @FunctionalInterface
  interface Answer<T> {
    T get() throws InterruptedException;
  }

  <T> void answer(StreamObserver<T> client, Answer<T> answer) {
    run(
        client,
        () -> {
          T response = answer.get();
          if (isOpen(client)) {
            client.onNext(response);
            client.onCompleted();
          }
        });
  }

  void run(StreamObserver<?> client, Work work) {
    new Running(client, work).start();
  }

  /// One call, which can be ended from outside.
  private final class Running {
    private final StreamObserver<?> client;
    private final Work work;
    private final Thread thread;
    private Runnable unregister = () -> {};

    /// What the client is told if the call is ended from outside.
    private volatile Status end = Status.CANCELLED;

    Running(StreamObserver<?> client, Work work) {
      this.client = client;
      this.work = work;
      this.thread =
          Thread.ofVirtual().name("waiting-call").unstarted(Context.current().wrap(this::work));
    }

    void start() {
      if (room.tryAcquire()) {
        unregister = streams.register(this::end);
        thread.start();
        Context.current().addListener(_ -> thread.interrupt(), Runnable::run);
      } else {
        client.onError(ApiError.TOO_MANY_REQUESTS.exception());
      }
    }

    void end(Status status) {
      end = status;
      thread.interrupt();
    }

    private void work() {
      try {
        work.run();
      } catch (StatusRuntimeException refused) {
        fail(client, refused);
      } catch (InterruptedException ended) {
        fail(client, end.asRuntimeException());
      } finally {
        unregister.run();
        room.release();
      }
    }
  }

  private static void fail(StreamObserver<?> client, StatusRuntimeException failure) {
    if (isOpen(client)) {
      client.onError(failure);
    }
  }

  /// A client that went away gets nothing, and is no error.
  private static boolean isOpen(StreamObserver<?> client) {
    return !(client instanceof ServerCallStreamObserver<?> call && call.isCancelled());
  }
}
