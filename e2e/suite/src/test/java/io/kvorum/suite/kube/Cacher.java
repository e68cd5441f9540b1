package io.kvorum.suite.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchProgressRequest;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A watch stream as the watch cache holds it.
final class Cacher {

  private static final int BOUND_SECONDS = 30;

  private final LinkedBlockingQueue<Object> received = new LinkedBlockingQueue<>();
  private final StreamObserver<WatchRequest> requests;

  Cacher(WatchGrpc.WatchStub stub) {
    requests =
        stub.watch(
            new StreamObserver<>() {
              @Override
              public void onNext(WatchResponse response) {
                received.add(response);
              }

              @Override
              public void onError(Throwable failure) {
                received.add(failure);
              }

              @Override
              public void onCompleted() {
                received.add("completed");
              }
            });
  }

  /// Watches a prefix from a revision on; gives the id of the watch.
  long follow(String prefix, long fromRevision) {
    requests.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(Registry.bytes(prefix))
                    .setRangeEnd(Registry.endOf(prefix))
                    .setStartRevision(fromRevision)
                    .setPrevKv(true)
                    .setProgressNotify(true))
            .build());
    WatchResponse created = next();
    assertThat(created.getCreated()).isTrue();
    assertThat(created.getCanceled()).isFalse();
    return created.getWatchId();
  }

  void askForProgress() {
    requests.onNext(
        WatchRequest.newBuilder()
            .setProgressRequest(WatchProgressRequest.getDefaultInstance())
            .build());
  }

  /// What comes next on the stream.
  WatchResponse next() {
    Object next = maybeNext(BOUND_SECONDS * 1_000);
    if (next instanceof WatchResponse response) {
      return response;
    }
    throw new AssertionError("no response, but " + next);
  }

  /// What comes within a while; "nothing" else.
  Object maybeNext(long millis) {
    try {
      Object next = received.poll(millis, TimeUnit.MILLISECONDS);
      return next == null ? "nothing" : next;
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  /// Exactly so many events, which may come in several responses.
  List<Event> events(int count) {
    var events = new ArrayList<Event>();
    while (events.size() < count) {
      events.addAll(next().getEventsList());
    }
    assertThat(events).hasSize(count);
    return events;
  }
}
