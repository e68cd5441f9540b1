package io.kvorum.node.server.front;

import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;

/// A stream that answers each request and never ends.
final class TrialWatch extends WatchGrpc.WatchImplBase {

  @Override
  public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> client) {
    return new StreamObserver<>() {
      @Override
      public void onNext(WatchRequest request) {
        client.onNext(WatchResponse.newBuilder().setCreated(true).build());
      }

      @Override
      public void onError(Throwable failure) {}

      @Override
      public void onCompleted() {}
    };
  }
}
