package io.kvorum.node.ctl;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import org.jspecify.annotations.Nullable;

/// A watch stream to one member that brings an answer only when it is asked for the next one, so
/// whoever is slow slows the member's sending.
abstract class PulledWatch implements ClientResponseObserver<WatchRequest, WatchResponse> {

  private @Nullable ClientCallStreamObserver<WatchRequest> requests;

  @Override
  public final void beforeStart(ClientCallStreamObserver<WatchRequest> requestStream) {
    requestStream.disableAutoRequestWithInitial(1);
    requests = requestStream;
  }

  private ClientCallStreamObserver<WatchRequest> requests() {
    if (requests == null) {
      throw new IllegalStateException("the stream has not started");
    }
    return requests;
  }

  final void send(WatchRequest request) {
    requests().onNext(request);
  }

  final void requestNext() {
    requests().request(1);
  }

  final void cancel() {
    requests().cancel("no longer needed", null);
  }
}
