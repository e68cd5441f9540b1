package io.kvorum.node.server.grpcproxy;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.proto.etcd.WatchCancelRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchProgressRequest;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.server.config.RelayConfig;
import io.kvorum.node.server.config.RelayConfigReader;
import io.kvorum.testkit.Loopback;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// A proxy in this process before a member, and clients of it.
final class TrialProxy implements AutoCloseable {

  private static final int PORT = 23790;

  private final GrpcProxy proxy;
  private final ManagedChannel channel;

  TrialProxy(ScriptedMember member) {
    String address = Loopback.next(PORT) + ":" + PORT;
    RelayConfigReader.Request request =
        RelayConfigReader.read(
            List.of(
                "grpc-proxy",
                "start",
                "--endpoints=" + member.endpoint(),
                "--listen-addr=" + address));
    if (!(request instanceof RelayConfigReader.Request.Run(RelayConfig config, _)
        && config instanceof RelayConfig.GrpcProxy asked)) {
      throw new AssertionError(request);
    }
    proxy = GrpcProxy.start(asked);
    channel = NettyChannelBuilder.forTarget(address).usePlaintext().build();
  }

  ManagedChannel channel() {
    return channel;
  }

  @Override
  public void close() {
    channel.shutdownNow();
    proxy.close();
  }

  /// What comes on a stream, and how it ends.
  static class Heard<T> implements StreamObserver<T> {
    final BlockingQueue<T> answers = new LinkedBlockingQueue<>();
    private final BlockingQueue<Status> end = new LinkedBlockingQueue<>();

    @Override
    public void onNext(T answer) {
      answers.add(answer);
    }

    @Override
    public void onError(Throwable failure) {
      end.add(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      end.add(Status.OK);
    }

    T next() {
      return ScriptedMember.within(answers, "no answer");
    }

    Status awaitEnd() {
      return ScriptedMember.within(end, "the stream is still open");
    }

    boolean hasEnded() {
      return !end.isEmpty();
    }
  }

  /// A client that renews leases on one stream.
  final class Renewing extends Heard<LeaseKeepAliveResponse> {
    private final StreamObserver<LeaseKeepAliveRequest> requests =
        LeaseGrpc.newStub(channel).leaseKeepAlive(this);

    Renewing ask(long lease) {
      requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(lease).build());
      return this;
    }
  }

  /// A client that watches on one stream.
  final class Watching extends Heard<WatchResponse> {
    private final StreamObserver<WatchRequest> requests = WatchGrpc.newStub(channel).watch(this);

    void watch(WatchCreateRequest.Builder request) {
      requests.onNext(WatchRequest.newBuilder().setCreateRequest(request).build());
    }

    void cancel(long id) {
      requests.onNext(
          WatchRequest.newBuilder()
              .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(id))
              .build());
    }

    void askProgress() {
      requests.onNext(
          WatchRequest.newBuilder()
              .setProgressRequest(WatchProgressRequest.getDefaultInstance())
              .build());
    }
  }
}
