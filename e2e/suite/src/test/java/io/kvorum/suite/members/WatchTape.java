package io.kvorum.suite.members;

import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Everything that one watch is told, in its order. When its stream breaks because a member is
/// lost, it begins another one behind the last event, as clients do.
final class WatchTape implements AutoCloseable {

  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final Metadata.Key<String> HAS_LEADER =
      Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

  private final Channel channel;
  private final WatchCreateRequest request;
  private final boolean hasLeader;
  private final List<String> lines = new ArrayList<>();
  private @Nullable ClientCallStreamObserver<WatchRequest> requests;
  private boolean paused;
  private boolean closed;
  private long first;
  private long last;
  private int streams;
  private Optional<Status> end = Optional.empty();
  private Optional<WatchResponse> canceled = Optional.empty();

  WatchTape(Channel channel, WatchCreateRequest request) {
    this(channel, request, false);
  }

  /// @param hasLeader whether it insists on a leader; it is then told when there is none, and ends
  WatchTape(Channel channel, WatchCreateRequest request, boolean hasLeader) {
    this.channel = channel;
    this.request = request;
    this.hasLeader = hasLeader;
    open(request);
  }

  private synchronized void open(WatchCreateRequest from) {
    streams++;
    var headers = new Metadata();
    if (hasLeader) {
      headers.put(HAS_LEADER, "true");
    }
    WatchGrpc.newStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .watch(new Heard())
        .onNext(WatchRequest.newBuilder().setCreateRequest(from).build());
  }

  private final class Heard implements ClientResponseObserver<WatchRequest, WatchResponse> {
    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {
      stream.disableAutoRequestWithInitial(1);
      requests = stream;
    }

    @Override
    public void onNext(WatchResponse response) {
      heard(response);
    }

    @Override
    public void onError(Throwable failure) {
      broken(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      broken(Status.OK);
    }
  }

  private synchronized void heard(WatchResponse response) {
    if (response.getCreated() && first == 0) {
      first =
          request.getStartRevision() == 0
              ? response.getHeader().getRevision() + 1
              : request.getStartRevision();
      last = first - 1;
    }
    if (response.getCanceled()) {
      canceled = Optional.of(response);
    }
    for (Event event : response.getEventsList()) {
      lines.add(line(event));
      last = event.getKv().getModRevision();
    }
    if (!paused && requests != null) {
      requests.request(1);
    }
  }

  static String line(Event event) {
    return event.getKv().getModRevision()
        + " "
        + event.getType()
        + " "
        + event.getKv().getKey().toStringUtf8()
        + "="
        + event.getKv().getValue().toStringUtf8();
  }

  private synchronized void broken(Status status) {
    if (closed) {
      return;
    }
    if (hasLeader || status.getCode() != Status.Code.UNAVAILABLE) {
      end = Optional.of(status);
    } else {
      open(first == 0 ? request : request.toBuilder().setStartRevision(last + 1).build());
    }
  }

  WatchTape awaitCreated() {
    Await.until("the watch is created", BOUND, () -> first() > 0);
    return this;
  }

  /// Waits for an event of this revision, or a later one.
  WatchTape awaitRevision(long revision) {
    Await.until(
        "revision %d, after %d of %s".formatted(revision, last(), request),
        BOUND,
        () -> last() >= revision || end().isPresent());
    if (last() < revision) {
      throw new AssertionError("the stream has ended: " + end());
    }
    return this;
  }

  Status awaitEnd() {
    Await.until("the stream ends", BOUND, () -> end().isPresent());
    return end().orElseThrow();
  }

  private synchronized Optional<Status> end() {
    return end;
  }

  synchronized Optional<WatchResponse> canceled() {
    return canceled;
  }

  /// The first revision that it is to be told of; 0 before it is created.
  synchronized long first() {
    return first;
  }

  private synchronized long last() {
    return last;
  }

  synchronized List<String> lines() {
    return List.copyOf(lines);
  }

  /// How many streams it took.
  synchronized int streams() {
    return streams;
  }

  WatchCreateRequest request() {
    return request;
  }

  /// Reads nothing any more.
  synchronized void pause() {
    paused = true;
  }

  synchronized void goOn() {
    paused = false;
    if (requests != null) {
      requests.request(1);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (requests != null) {
      requests.cancel("the test is over", null);
    }
  }
}
