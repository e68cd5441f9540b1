package io.kvorum.node.ctl;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Renews one lease over a stream, every third of its time, moving to the next endpoint when one
/// fails, until the lease is gone.
final class KeepAlive {

  /// One request is answered before the next is sent.
  private static final int UNREAD_MAX = 8;

  private static final Duration RECONNECT_PAUSE = Duration.ofMillis(500);

  /// What the stream brings.
  private sealed interface Signal {
    record Renewed(LeaseKeepAliveResponse response) implements Signal {}

    record Ended(Status status) implements Signal {}
  }

  private final Invocation invocation;
  private final Client client;
  private final long id;
  private final BlockingQueue<Signal> signals = new ArrayBlockingQueue<>(UNREAD_MAX);

  /// @param client the connection to renew it over
  KeepAlive(Invocation invocation, Client client, long id) {
    this.invocation = invocation;
    this.client = client;
    this.id = id;
  }

  void run() throws Failure, Output.Closed {
    if (invocation.flags().on("once")) {
      LeaseKeepAliveResponse response = once();
      if (response.getTTL() <= 0) {
        throw Failure.of(ExitCode.BAD_CONNECTION, "etcdserver: requested lease not found");
      }
      invocation.print(new Answer.LeaseKeepAlive(response));
      return;
    }
    @Nullable LeaseKeepAliveResponse response = renewForever();
    while (response == null) {
      LockSupport.parkNanos(RECONNECT_PAUSE.toNanos());
      client.next();
      response = renewForever();
    }
    if (invocation.plain()) {
      invocation.console().output().line("lease %016x expired or revoked.".formatted(id));
    }
  }

  /// One renewal within the time a command may take.
  LeaseKeepAliveResponse once() throws Failure, Output.Closed {
    long end = System.nanoTime() + invocation.settings().commandTimeout().toNanos();
    Status last = Status.DEADLINE_EXCEEDED;
    while (System.nanoTime() < end) {
      signals.clear();
      StreamObserver<LeaseKeepAliveRequest> requests = open(client);
      requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(id).build());
      Signal signal = await(end - System.nanoTime());
      switch (signal) {
        case Signal.Renewed renewed -> {
          requests.onCompleted();
          return renewed.response();
        }
        case Signal.Ended ended -> {
          last = ended.status();
          if (last.getCode() != Status.Code.UNAVAILABLE) {
            throw Failure.of(ExitCode.BAD_CONNECTION, Errors.text(last));
          }
          client.next();
        }
      }
    }
    if (last.getCode() == Status.Code.UNAVAILABLE) {
      invocation
          .console()
          .errors()
          .line("endpoint " + client.endpoint().text() + ": " + Errors.connectionText(last));
    }
    throw Failure.of(ExitCode.BAD_CONNECTION, "context deadline exceeded");
  }

  /// Renews until the lease is gone (its last answer) or the stream breaks (null).
  private @Nullable LeaseKeepAliveResponse renewForever() throws Failure, Output.Closed {
    signals.clear();
    StreamObserver<LeaseKeepAliveRequest> requests = open(client);
    while (true) {
      requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(id).build());
      switch (await(Long.MAX_VALUE)) {
        case Signal.Ended ended -> {
          if (!retriable(ended.status())) {
            throw Failure.error(Errors.text(ended.status()));
          }
          return null;
        }
        case Signal.Renewed renewed -> {
          LeaseKeepAliveResponse response = renewed.response();
          if (response.getTTL() <= 0) {
            requests.onCompleted();
            return response;
          }
          invocation.print(new Answer.LeaseKeepAlive(response));
          invocation.console().output().flush();
          LockSupport.parkNanos(Duration.ofSeconds(response.getTTL()).toNanos() / 3);
        }
      }
    }
  }

  private static boolean retriable(Status status) {
    return status.getCode() == Status.Code.UNAVAILABLE || status.getCode() == Status.Code.INTERNAL;
  }

  private StreamObserver<LeaseKeepAliveRequest> open(Client client) {
    return LeaseGrpc.newStub(client.stream())
        .leaseKeepAlive(
            new StreamObserver<>() {
              @Override
              public void onNext(LeaseKeepAliveResponse response) {
                signal(new Signal.Renewed(response));
              }

              @Override
              public void onError(Throwable error) {
                signal(new Signal.Ended(Status.fromThrowable(error)));
              }

              @Override
              public void onCompleted() {
                signal(new Signal.Ended(Status.UNAVAILABLE));
              }
            });
  }

  private void signal(Signal signal) {
    if (!signals.offer(signal)) {
      throw new IllegalStateException("more answers than requests on a keep-alive stream");
    }
  }

  private Signal await(long nanos) throws Failure {
    try {
      Signal signal = signals.poll(nanos, TimeUnit.NANOSECONDS);
      return signal == null ? new Signal.Ended(Status.UNAVAILABLE) : signal;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.of(ExitCode.INTERRUPTED, "interrupted");
    }
  }
}
