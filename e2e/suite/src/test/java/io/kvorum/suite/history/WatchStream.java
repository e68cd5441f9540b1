package io.kvorum.suite.history;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchProgressRequest;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One watch at one member, read response by response.
final class WatchStream implements AutoCloseable {

  /// What comes next in the stream.
  sealed interface Next {
    record Response(WatchResponse response, long received) implements Next {}

    /// The stream has ended, with or without a failure.
    record End(@Nullable Throwable failure) implements Next {}
  }

  private final BlockingQueue<Next> queue = new LinkedBlockingQueue<>();
  private final ClientCallStreamObserver<WatchRequest> requests;

  WatchStream(StoreClient client, Span span, long startRevision) {
    requests =
        (ClientCallStreamObserver<WatchRequest>)
            WatchGrpc.newStub(client.channel()).watch(new Reader(queue));
    requests.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(StoreClient.bytes(span.from()))
                    .setRangeEnd(StoreClient.bytes(span.to()))
                    .setStartRevision(startRevision))
            .build());
  }

  /// Asks how far it is.
  void askProgress() {
    requests.onNext(
        WatchRequest.newBuilder()
            .setProgressRequest(WatchProgressRequest.getDefaultInstance())
            .build());
  }

  /// The next response, null if there is none for so long.
  @Nullable Next poll(long millis) throws InterruptedException {
    return queue.poll(millis, TimeUnit.MILLISECONDS);
  }

  /// The changes in a response, in its order.
  static List<Change> changes(WatchResponse response) {
    return response.getEventsList().stream().map(WatchStream::change).toList();
  }

  private static Change change(Event event) {
    KeyValue kv = event.getKv();
    String key = kv.getKey().toStringUtf8();
    return event.getType() == Event.EventType.DELETE
        ? new Change(kv.getModRevision(), key, null)
        : new Change(kv.getModRevision(), key, kv.getValue().toStringUtf8(), kv.getLease());
  }

  @Override
  public void close() {
    requests.cancel("not wanted any more", null);
  }

  private record Reader(BlockingQueue<Next> queue)
      implements ClientResponseObserver<WatchRequest, WatchResponse> {

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {}

    @Override
    public void onNext(WatchResponse response) {
      queue.add(new Next.Response(response, System.nanoTime()));
    }

    @Override
    public void onError(Throwable failure) {
      queue.add(new Next.End(failure));
    }

    @Override
    public void onCompleted() {
      queue.add(new Next.End(null));
    }
  }
}
