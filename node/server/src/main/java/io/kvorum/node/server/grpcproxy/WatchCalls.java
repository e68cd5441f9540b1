package io.kvorum.node.server.grpcproxy;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;

/// Takes the calls of clients that watch to the hub's thread.
final class WatchCalls implements ServerCallHandler<Frame, Frame> {

  /// Below this many bytes in a connection's buffer the client takes more: enough for a burst of
  /// events to leave in large writes.
  private static final int READY_BYTES = 256 << 10;

  private final SharedWatches shared;

  WatchCalls(SharedWatches shared) {
    this.shared = shared;
  }

  @Override
  public ServerCall.Listener<Frame> startCall(ServerCall<Frame, Frame> call, Metadata headers) {
    call.setOnReadyThreshold(READY_BYTES);
    var stream = new ClientStream(call, shared, Identity.of(headers));
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(Frame request) {
        shared.means().hub().execute(() -> stream.request(request));
      }

      // The client sends no more requests; what it watches goes on until it leaves, as with etcd.
      @Override
      public void onHalfClose() {}

      @Override
      public void onCancel() {
        shared.means().hub().execute(stream::left);
      }

      @Override
      public void onComplete() {
        shared.means().hub().execute(stream::left);
      }

      @Override
      public void onReady() {
        shared.means().hub().execute(stream::ready);
      }
    };
  }
}
