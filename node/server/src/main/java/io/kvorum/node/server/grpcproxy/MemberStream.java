package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.node.proto.etcd.WatchCancelRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchProgressRequest;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.server.metrics.ProxyMetrics;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// One stream of watches on a member. Each answer is read when its owner asks for one more.
///
/// A member answers the creations of a stream in their order, which is how an answer finds the
/// watch that it is about.
final class MemberStream {

  private final ClientCall<Frame, Frame> call;
  private final Owner owner;
  private final Namespace namespace;
  private final ProxyMetrics metrics;
  private final ArrayDeque<MemberWatch> created = new ArrayDeque<>();
  private final Map<Long, MemberWatch> watches = new HashMap<>();
  private boolean closed;

  /// Somebody waits to hear how far events have come, and the member has not been asked.
  private boolean progressWanted;

  /// What watches are opened with.
  ///
  /// @param hub the one thread of everything about watches
  record Means(Channel members, EventExecutor hub, Namespace namespace, ProxyMetrics metrics) {
    void later(Runnable task, long delay, TimeUnit unit) {
      var _ = hub.schedule(task, delay, unit);
    }
  }

  /// Who has the stream.
  interface Owner {
    /// An answer has been dealt with.
    void answered();

    /// Everything up to a revision has been told.
    void progress(WatchResponse answer);

    /// The member or the way to it is lost, or it has ended the stream.
    void lost(Status status, Metadata trailers);
  }

  /// Who has a watch on it.
  interface Heard {
    void created(Reply reply);

    /// It was not created.
    void refused(Reply reply);

    /// Events, or how far they have come.
    void told(Reply reply);

    /// The member has ended it.
    void ended(Reply reply);
  }

  /// One watch on the member.
  static final class MemberWatch {
    private final Heard heard;
    private long id;
    private boolean known;
    private boolean abandoned;

    MemberWatch(Heard heard) {
      this.heard = heard;
    }
  }

  MemberStream(Means means, Identity identity, Owner owner) {
    this.owner = owner;
    this.namespace = means.namespace();
    this.metrics = means.metrics();
    this.call =
        means
            .members()
            .newCall(
                Services.unread(WatchGrpc.getWatchMethod()),
                CallOptions.DEFAULT.withExecutor(means.hub()));
    call.start(new Answers(), identity.headers());
    call.request(1);
  }

  /// Begins to watch; the request's own id counts for nothing.
  MemberWatch watch(WatchCreateRequest request, Heard heard) {
    var watch = new MemberWatch(heard);
    created.add(watch);
    metrics.upstreamWatchers.increment();
    send(
        WatchRequest.newBuilder()
            .setCreateRequest(namespace.watched(request).toBuilder().clearWatchId())
            .build());
    return watch;
  }

  /// Ends a watch; nothing of it is heard any more.
  void cancel(MemberWatch watch) {
    if (watch.abandoned || closed) {
      return;
    }
    watch.abandoned = true;
    metrics.upstreamWatchers.decrement();
    if (watch.known) {
      watches.remove(watch.id);
      sendCancel(watch.id);
    }
  }

  private void sendCancel(long id) {
    send(
        WatchRequest.newBuilder()
            .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(id))
            .build());
  }

  /// Asks how far events have come; an answer may come that is not this request's. A member that
  /// takes nothing now is asked once, when it takes more.
  void askProgress() {
    progressWanted = true;
    maybeAskProgress();
  }

  private void maybeAskProgress() {
    if (progressWanted && call.isReady()) {
      progressWanted = false;
      send(
          WatchRequest.newBuilder()
              .setProgressRequest(WatchProgressRequest.getDefaultInstance())
              .build());
    }
  }

  /// Whether nobody watches here.
  boolean isIdle() {
    return watches.isEmpty() && created.isEmpty();
  }

  /// Whether the member has not answered a creation: what it says about progress may be from before
  /// it.
  boolean isCreating() {
    return !created.isEmpty();
  }

  /// Reads one more answer.
  void readMore() {
    call.request(1);
  }

  void close() {
    if (!closed) {
      forget();
      call.cancel("nobody watches any more", null);
    }
  }

  private void forget() {
    closed = true;
    long open = watches.size() + created.stream().filter(watch -> !watch.abandoned).count();
    metrics.upstreamWatchers.add(-open);
    watches.clear();
    created.clear();
  }

  private void send(WatchRequest request) {
    if (!closed) {
      call.sendMessage(Frame.of(request.toByteArray()));
    }
  }

  private void answer(Reply reply) {
    WatchResponse message = reply.message();
    if (message.getCreated()) {
      MemberWatch watch = created.poll();
      if (watch != null) {
        answerCreation(watch, reply);
      }
      return;
    }
    MemberWatch watch = watches.get(message.getWatchId());
    if (watch == null) {
      if (message.getWatchId() < 0 && !message.getCanceled()) {
        owner.progress(message);
      }
    } else if (message.getCanceled()) {
      watches.remove(watch.id);
      isOver(watch);
      watch.heard.ended(reply);
    } else {
      watch.heard.told(reply);
    }
  }

  /// The member has ended it: there is nothing to cancel.
  private void isOver(MemberWatch watch) {
    watch.abandoned = true;
    metrics.upstreamWatchers.decrement();
  }

  private void answerCreation(MemberWatch watch, Reply reply) {
    boolean refused = reply.message().getCanceled();
    if (watch.abandoned) {
      if (!refused) {
        sendCancel(reply.message().getWatchId());
      }
    } else if (refused) {
      isOver(watch);
      watch.heard.refused(reply);
    } else {
      watch.known = true;
      watch.id = reply.message().getWatchId();
      watches.put(watch.id, watch);
      watch.heard.created(reply);
    }
  }

  /// What the member says, on the hub's thread.
  private final class Answers extends ClientCall.Listener<Frame> {
    @Override
    public void onMessage(Frame frame) {
      if (closed) {
        return;
      }
      try {
        answer(read(frame.bytes()));
      } catch (InvalidProtocolBufferException e) {
        call.cancel("its answer cannot be read", e);
        return;
      }
      if (!closed) {
        owner.answered();
      }
    }

    private Reply read(byte[] bytes) throws InvalidProtocolBufferException {
      WatchResponse message = WatchResponse.parseFrom(bytes);
      if (namespace.isEmpty() || message.getEventsCount() == 0) {
        return Reply.of(message, bytes);
      }
      return Reply.of(namespace.stripped(message));
    }

    @Override
    public void onReady() {
      maybeAskProgress();
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (!closed) {
        forget();
        owner.lost(status, trailers);
      }
    }
  }
}
