package io.kvorum.node.server.lock;

import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.Semaphore;

/// A stream to a client by a thread that waits while the client does not read.
final class PacedStream<T> {
  private final ServerCallStreamObserver<T> call;
  private final Semaphore ready = new Semaphore(0);

  /// To be made while the call is being handled.
  PacedStream(ServerCallStreamObserver<T> call) {
    this.call = call;
    call.setOnReadyHandler(ready::release);
  }

  void send(T message) throws InterruptedException {
    while (!call.isReady()) {
      ready.acquire();
    }
    call.onNext(message);
  }
}
