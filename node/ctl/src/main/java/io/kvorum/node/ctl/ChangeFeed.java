package io.kvorum.node.ctl;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.kvorum.node.proto.etcd.WatchGrpc;
import io.kvorum.node.proto.etcd.WatchProgressRequest;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// All changes of a store from one revision on, a whole revision at a time and in their order,
/// however often the watch behind it moves to another endpoint. For one thread.
///
/// The next answer is asked for when the one before it is taken, so whoever is slow slows the
/// store's sending and nothing piles up here.
final class ChangeFeed implements AutoCloseable {

  private static final Duration RECONNECT_PAUSE = Duration.ofMillis(200);

  /// A store that cannot be watched for so long has failed.
  private static final Duration SILENCE_MAX = Duration.ofMinutes(5);

  /// Answers that may wait: the one asked for and the end, of the old stream and the new one.
  private static final int SIGNALS_MAX = 8;

  private static final Metadata WITH_LEADER = new Metadata();

  static {
    WITH_LEADER.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
  }

  /// What a feed brings.
  sealed interface News {
    /// All changes of one revision, in their order.
    record Changes(long revision, List<Event> events) implements News {
      public Changes {
        events = List.copyOf(events);
      }
    }

    /// Everything up to this revision was brought.
    record Progress(long revision) implements News {}

    /// What comes next is compacted; the feed has ended.
    record Compacted(long revision) implements News {}

    /// Nothing came in the time given.
    record Quiet() implements News {}
  }

  private sealed interface Signal {
    record Answered(Stream stream, WatchResponse response) implements Signal {}

    record Broken(Stream stream, Status status) implements Signal {}
  }

  private final Store store;
  private final BlockingQueue<Signal> signals = new ArrayBlockingQueue<>(SIGNALS_MAX);
  private final Deque<News> news = new ArrayDeque<>();
  private long next;
  private @Nullable Stream stream;
  private long brokenSince;

  /// @param from the first revision it brings
  ChangeFeed(Store store, long from) {
    this.store = store;
    this.next = from;
    open();
  }

  private void open() {
    var opened = new Stream();
    stream = opened;
    WatchGrpc.newStub(store.client().stream())
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(WITH_LEADER))
        .watch(opened);
    opened.send(
        WatchRequest.newBuilder()
            .setCreateRequest(store.scope().watch().setStartRevision(next))
            .build());
  }

  /// Waits for what comes next, for a while.
  News next(Duration patience) throws Failure, IOException {
    long end = System.nanoTime() + patience.toNanos();
    while (news.isEmpty()) {
      Signal signal = poll(end - System.nanoTime());
      switch (signal) {
        case null -> {
          return new News.Quiet();
        }
        case Signal.Answered(Stream from, WatchResponse response) -> {
          if (from.equals(stream)) {
            brokenSince = 0;
            take(response);
            from.requestNext();
          }
        }
        case Signal.Broken(Stream from, Status status) -> {
          if (from.equals(stream)) {
            reopen(status);
          }
        }
      }
    }
    return news.remove();
  }

  /// Asks how far the store is; the answer is a `Progress` behind all changes before it.
  void askProgress() {
    if (stream != null) {
      stream.send(
          WatchRequest.newBuilder()
              .setProgressRequest(WatchProgressRequest.getDefaultInstance())
              .build());
    }
  }

  private @Nullable Signal poll(long nanos) throws Failure {
    try {
      return signals.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.of(ExitCode.INTERRUPTED, "interrupted");
    }
  }

  private void take(WatchResponse response) throws Failure, IOException {
    if (response.getCompactRevision() != 0) {
      stream = null;
      news.add(new News.Compacted(response.getCompactRevision()));
    } else if (response.getCanceled()) {
      takeCancel(response.getCancelReason());
    } else if (response.getEventsCount() > 0) {
      split(response.getEventsList());
    } else if (!response.getCreated() && response.getHeader().getRevision() >= next - 1) {
      news.add(new News.Progress(response.getHeader().getRevision()));
    }
  }

  private void takeCancel(String reason) throws Failure, IOException {
    if (reason.contains("auth token")) {
      // The call gets a new token, which the next stream carries.
      var _ = store.revision();
    } else if (!reason.contains("no leader")) {
      throw Failure.error("the watch was canceled: " + reason);
    }
    reopen(Status.UNAVAILABLE.withDescription(reason));
  }

  /// An answer holds whole revisions, in order.
  private void split(List<Event> events) {
    var same = new ArrayList<Event>();
    for (Event event : events) {
      if (!same.isEmpty() && event.getKv().getModRevision() != revision(same)) {
        news.add(new News.Changes(revision(same), same));
        same.clear();
      }
      same.add(event);
    }
    news.add(new News.Changes(revision(same), same));
    next = revision(same) + 1;
  }

  private static long revision(List<Event> same) {
    return same.getLast().getKv().getModRevision();
  }

  private void reopen(Status status) throws Failure {
    long now = System.nanoTime();
    if (brokenSince == 0) {
      brokenSince = now;
    }
    boolean passing =
        switch (status.getCode()) {
          case UNAVAILABLE, INTERNAL, CANCELLED -> true;
          default -> false;
        };
    if (!passing || now - brokenSince > SILENCE_MAX.toNanos()) {
      throw Failure.error("cannot watch the source: " + Errors.text(status));
    }
    LockSupport.parkNanos(RECONNECT_PAUSE.toNanos());
    store.client().next();
    open();
  }

  @Override
  public void close() {
    if (stream != null) {
      stream.cancel();
      stream = null;
    }
  }

  /// One stream to a member.
  private final class Stream extends PulledWatch {

    @Override
    public void onNext(WatchResponse response) {
      offer(new Signal.Answered(this, response));
    }

    @Override
    public void onError(Throwable error) {
      offer(new Signal.Broken(this, Status.fromThrowable(error)));
    }

    @Override
    public void onCompleted() {
      offer(new Signal.Broken(this, Status.UNAVAILABLE));
    }

    private void offer(Signal signal) {
      if (!signals.offer(signal)) {
        throw new IllegalStateException("more answers on a watch stream than were asked for");
      }
    }
  }
}
