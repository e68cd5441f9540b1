package io.kvorum.node.server.watch;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.node.core.kv.Accounts;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.KeyRange;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest.FilterType;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.server.api.ApiError;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.api.Caller;
import io.kvorum.node.server.api.OpenStreams;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import org.jspecify.annotations.Nullable;

/// The streams on which clients watch. Each request is read only when the answer to the one before
/// has found room, so a client that never reads can't make this side pile up answers.
public final class WatchService extends WatchGrpc.WatchImplBase {
  /// Below this many bytes in a connection's buffer the stream takes more: enough for a burst of
  /// events to leave in large writes.
  private static final int READY_BYTES = 256 << 10;

  private final WatchHub hub;
  private final Backend backend;
  private final OpenStreams streams;

  public WatchService(WatchHub hub, Backend backend, OpenStreams streams) {
    this.hub = hub;
    this.backend = backend;
    this.streams = streams;
  }

  @Override
  public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> responses) {
    var call = (ServerCallStreamObserver<WatchResponse>) responses;
    var connection = new Connection(hub, backend, call);
    connection.unregister = streams.register(connection::end);
    return connection;
  }

  /// One client's stream, on its event loop.
  private static final class Connection
      implements StreamObserver<WatchRequest>, WatchStream.Client {
    private final WatchHub hub;
    private final Backend backend;
    private final Caller.Credentials credentials;
    private final ServerCallStreamObserver<WatchResponse> call;
    private final WatchStream stream;
    private Runnable unregister = () -> {};
    private boolean ended;
    private boolean requestHeldBack;

    Connection(WatchHub hub, Backend backend, ServerCallStreamObserver<WatchResponse> call) {
      this.hub = hub;
      this.backend = backend;
      this.credentials = Caller.Credentials.current();
      this.call = call;
      EventExecutor current = ThreadExecutorMap.currentExecutor();
      this.stream =
          new WatchStream(current == null ? ImmediateEventExecutor.INSTANCE : current, this);
      call.setOnReadyThreshold(READY_BYTES);
      call.disableAutoRequest();
      call.setOnReadyHandler(this::onReady);
      call.setOnCancelHandler(this::onCancelled);
      hub.open(stream);
      call.request(1);
    }

    private void onReady() {
      if (stream.isLagging()) {
        hub.ready(stream);
      }
      if (requestHeldBack) {
        requestHeldBack = false;
        call.request(1);
      }
    }

    private void onCancelled() {
      leave();
    }

    private void leave() {
      ended = true;
      unregister.run();
      hub.closed(stream);
    }

    @Override
    public void onNext(WatchRequest request) {
      switch (request.getRequestUnionCase()) {
        case CREATE_REQUEST -> create(request.getCreateRequest());
        case CANCEL_REQUEST -> hub.cancel(stream, request.getCancelRequest().getWatchId());
        case PROGRESS_REQUEST -> hub.progress(stream);
        case REQUESTUNION_NOT_SET -> {}
      }
      if (call.isReady()) {
        call.request(1);
      } else {
        requestHeldBack = true;
      }
    }

    private void create(WatchCreateRequest request) {
      KeyRange range = range(request);
      ApiError refusal = refusal(range);
      if (refusal != null) {
        hub.refuse(stream, cancelReason(refusal.status()));
        return;
      }
      if (range.isEmpty()) {
        hub.refuse(stream, "mvcc: watcher range is empty");
        return;
      }
      if (request.getStartRevision() < 0) {
        hub.refuse(stream, "etcdserver: mvcc: required revision has been compacted");
        return;
      }
      hub.create(
          new WatchHub.Create(
              stream, wish(request, range), request.getWatchId(), request.getStartRevision()));
    }

    private @Nullable ApiError refusal(KeyRange range) {
      Accounts accounts = backend.accounts();
      return accounts.enabled()
          ? credentials.caller().refusal(accounts, access -> access.read(range))
          : null;
    }

    /// As etcd writes an error into a text; clients look for parts of it.
    private static String cancelReason(Status status) {
      String code =
          switch (status.getCode()) {
            case PERMISSION_DENIED -> "PermissionDenied";
            case UNAUTHENTICATED -> "Unauthenticated";
            default -> "InvalidArgument";
          };
      return "rpc error: code = " + code + " desc = " + status.getDescription();
    }

    /// An empty key stands for the lowest one.
    private static KeyRange range(WatchCreateRequest request) {
      ByteString key = request.getKey();
      Bytes start = Bytes.wrap(key.isEmpty() ? new byte[1] : key.toByteArray());
      return KeyRange.of(start, Bytes.wrap(request.getRangeEnd().toByteArray()));
    }

    private static Watcher.Wish wish(WatchCreateRequest request, KeyRange range) {
      return new Watcher.Wish(
          range,
          request.getFiltersList().contains(FilterType.NOPUT),
          request.getFiltersList().contains(FilterType.NODELETE),
          request.getPrevKv(),
          request.getProgressNotify(),
          request.getFragment());
    }

    @Override
    public void onError(Throwable failure) {
      onCancelled();
    }

    /// The client sends no more requests; what it watches goes on until it leaves, as with etcd. A
    /// JSON client has to end its body to be understood.
    @Override
    public void onCompleted() {}

    /// The server ends the stream.
    void end(Status status) {
      if (!ended) {
        leave();
        call.onError(status.asRuntimeException());
      }
    }

    @Override
    public void send(WatchResponse response) {
      if (!ended) {
        call.onNext(response);
      }
    }

    @Override
    public boolean isReady() {
      return call.isReady();
    }
  }
}
