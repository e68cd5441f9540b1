package io.kvorum.suite.conformance;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// What one watch was sent: its events one by one, since servers are free in how they bundle them,
/// and how it ended.
final class WatchLog implements AutoCloseable {

  private static final Duration BOUND = Duration.ofSeconds(30);

  private final WatchCreateRequest request;
  private final long base;
  private final StreamObserver<WatchRequest> stream;
  private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();
  private final List<String> lines = new ArrayList<>();
  private final Server.Answer created;
  private boolean ended;

  WatchLog(Channel channel, WatchCreateRequest request, long base) {
    this.request = request;
    this.base = base;
    this.stream =
        WatchGrpc.newStub(channel)
            .watch(
                new StreamObserver<>() {
                  @Override
                  public void onNext(WatchResponse response) {
                    received.add(response);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    received.add(Status.fromThrowable(failure));
                  }

                  @Override
                  public void onCompleted() {
                    received.add(Status.OK);
                  }
                });
    stream.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest((WatchCreateRequest) Revisions.moved(request, base))
            .build());
    this.created = answer(next());
  }

  WatchCreateRequest request() {
    return request;
  }

  /// The response to the creation, its header left out: it tells the revision of the moment.
  Server.Answer created() {
    return created;
  }

  List<String> lines() {
    return lines;
  }

  private Server.Answer answer(Object first) {
    return switch (first) {
      case WatchResponse response -> {
        ended = response.getCanceled();
        yield new Server.Answer(moved(response).toBuilder().clearHeader().build(), "");
      }
      case Status status -> {
        ended = true;
        yield new Server.Answer(null, Server.text(status));
      }
      default -> throw new IllegalStateException("not a response: " + first);
    };
  }

  /// Collects events until one of the two last ones is there, which is not collected.
  void awaitAllUpTo(List<Long> lastRevisions) {
    while (!ended) {
      switch (next()) {
        case WatchResponse response -> collect(response, lastRevisions);
        case Status status -> {
          lines.add(Server.text(status));
          ended = true;
        }
        case Object other -> throw new IllegalStateException("not a response: " + other);
      }
    }
  }

  private void collect(WatchResponse response, List<Long> lastRevisions) {
    for (Event event : response.getEventsList()) {
      if (lastRevisions.contains(event.getKv().getModRevision())) {
        ended = true;
      } else {
        lines.add(Step.text(Revisions.moved(event, -base)));
      }
    }
    if (response.getCanceled() || response.getCompactRevision() > 0) {
      lines.add(Step.text(moved(response).toBuilder().clearHeader().clearEvents().build()));
      ended |= response.getCanceled();
    }
  }

  private WatchResponse moved(WatchResponse response) {
    return (WatchResponse) Revisions.moved(response, -base);
  }

  private Object next() {
    try {
      return Optional.<Object>ofNullable(received.poll(BOUND.toMillis(), TimeUnit.MILLISECONDS))
          .orElseThrow(() -> new IllegalStateException("nothing for " + BOUND + " on " + request));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      stream.onError(Status.CANCELLED.asRuntimeException());
    } catch (IllegalStateException | StatusRuntimeException over) {
      ended = true;
    }
  }
}
