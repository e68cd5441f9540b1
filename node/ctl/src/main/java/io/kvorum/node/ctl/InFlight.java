package io.kvorum.node.ctl;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Transactions sent ahead without waiting for the answers of those before them, a bounded number.
final class InFlight {

  /// How many are under way at most: enough to keep a store's disk busy.
  static final int MAX = 32;

  /// A transaction under way.
  record Sent(TxnRequest request, ListenableFuture<TxnResponse> answer) {

    /// Waits for the answer; null when it was lost, and nobody knows whether it was made.
    @Nullable TxnResponse await() throws Failure {
      try {
        return answer.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Failure.of(ExitCode.INTERRUPTED, "interrupted");
      } catch (ExecutionException e) {
        Status status =
            e.getCause() instanceof StatusRuntimeException refused
                ? refused.getStatus()
                : Status.fromThrowable(e);
        return switch (status.getCode()) {
          // Asked again, the store says what else there is to say.
          case UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAUTHENTICATED -> null;
          default -> throw Failure.error(Errors.text(status));
        };
      }
    }
  }

  private final Store store;
  private final Duration timeout;
  private final Deque<Sent> sent = new ArrayDeque<>();

  InFlight(Store store, Duration timeout) {
    this.store = store;
    this.timeout = timeout;
  }

  /// Sends a transaction that may be made twice, and in any order among those under way.
  void send(TxnRequest request) throws Failure, IOException {
    if (sent.size() >= MAX) {
      settle(sent.remove());
    }
    sent.add(start(request));
  }

  Sent start(TxnRequest request) {
    return new Sent(
        request,
        KVGrpc.newFutureStub(store.client().stream())
            .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS)
            .txn(request));
  }

  /// Waits until all are made.
  void drain() throws Failure, IOException {
    while (!sent.isEmpty()) {
      settle(sent.remove());
    }
  }

  private void settle(Sent oldest) throws Failure, IOException {
    if (oldest.await() == null) {
      var _ = store.commit(oldest.request());
    }
  }
}
