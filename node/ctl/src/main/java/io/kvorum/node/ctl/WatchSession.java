package io.kvorum.node.ctl;

import io.grpc.Status;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
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
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Watches over one stream, resumed at another endpoint when it breaks: no change is missed or
/// printed twice, because each watch knows the revision it goes on with.
///
/// One thread owns all of this; inputs and the stream's answers reach it through a bounded queue.
/// An answer is asked for when the one before it is printed, so a slow reader slows the server's
/// sending and nothing piles up here.
final class WatchSession {

  private static final int INPUTS_MAX = 32;

  /// Answers of a stream that may wait: the one asked for and its end, for the old stream and the
  /// new one.
  private static final int ANSWERS_MAX = 8;

  private static final Duration RECONNECT_PAUSE = Duration.ofMillis(100);

  /// One watch: what was asked for, the command to run for its events, and where it goes on.
  static final class Watcher {

    private final WatchCreateRequest request;
    private final List<String> command;

    /// The first revision not yet printed; 0 until the server has told where the watch began.
    private long nextRevision;

    Watcher(WatchCreateRequest request, List<String> command) {
      this.request = request;
      this.command = List.copyOf(command);
      this.nextRevision = request.getStartRevision();
    }

    private WatchRequest resumed() {
      return WatchRequest.newBuilder()
          .setCreateRequest(request.toBuilder().setStartRevision(nextRevision))
          .build();
    }
  }

  /// What the user wants.
  sealed interface Input extends Signal {
    record Start(Watcher watcher) implements Input {}

    record Progress() implements Input {}

    /// A line that means nothing; the session goes on.
    record Complaint(String text) implements Input {}

    /// The last input: how the session ends.
    record End(Failure failure) implements Input {}
  }

  /// Anything that happens to the session.
  sealed interface Signal {
    record Answered(Stream stream, WatchResponse response) implements Signal {}

    record Broken(Stream stream, Status status) implements Signal {}
  }

  private final Invocation invocation;
  private final Console console;
  private final boolean interactive;
  private final BlockingQueue<Signal> signals = new ArrayBlockingQueue<>(INPUTS_MAX + ANSWERS_MAX);
  private final Semaphore inputRoom = new Semaphore(INPUTS_MAX);

  /// Watches asked for but not yet confirmed, in the order of asking, which is that of answers.
  private final Deque<Watcher> asked = new ArrayDeque<>();

  /// Confirmed watches by the server's id.
  private final Map<Long, Watcher> live = new TreeMap<>();

  private @Nullable Stream stream;

  WatchSession(Invocation invocation) {
    this.invocation = invocation;
    this.console = invocation.console();
    this.interactive = invocation.flags().on("interactive");
  }

  /// Hands in an input from any thread; waits while too many are unread.
  void offer(Input input) {
    inputRoom.acquireUninterruptibly();
    offerSignal(input);
  }

  private void offerSignal(Signal signal) {
    if (!signals.offer(signal)) {
      throw new IllegalStateException("more answers on a watch stream than were asked for");
    }
  }

  /// Runs until a failure ends it: there is no other end.
  void run() throws Failure, IOException {
    while (true) {
      console.output().flush();
      console.errors().flush();
      switch (take()) {
        case Input input -> {
          inputRoom.release();
          handle(input);
        }
        case Signal.Answered(Stream from, WatchResponse response) -> {
          if (from.equals(stream)) {
            handle(response);
            from.requestNext();
          }
        }
        case Signal.Broken(Stream from, Status status) -> {
          if (from.equals(stream)) {
            handleBroken(status);
          }
        }
      }
    }
  }

  private Signal take() throws Failure {
    try {
      return signals.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.of(ExitCode.INTERRUPTED, "interrupted");
    }
  }

  private void handle(Input input) throws Failure, IOException {
    switch (input) {
      case Input.Start(Watcher watcher) -> {
        // Opening the stream asks for all watches that are not confirmed, this one too.
        asked.add(watcher);
        if (stream == null) {
          open();
        } else {
          stream.send(watcher.resumed());
        }
      }
      case Input.Progress _ -> {
        if (stream == null) {
          open();
        }
        opened()
            .send(
                WatchRequest.newBuilder()
                    .setProgressRequest(WatchProgressRequest.getDefaultInstance())
                    .build());
      }
      case Input.Complaint(String text) -> console.errors().line(text);
      case Input.End(Failure failure) -> throw failure;
    }
  }

  private Stream opened() {
    if (stream == null) {
      throw new IllegalStateException("no stream");
    }
    return stream;
  }

  /// Opens a stream at the current endpoint and asks for every watch where it stopped.
  private void open() throws Failure, Output.Closed {
    var confirmed = new ArrayList<>(live.values());
    live.clear();
    confirmed.reversed().forEach(asked::addFirst);
    var opened = new Stream();
    stream = opened;
    WatchGrpc.newStub(invocation.client().stream()).watch(opened);
    asked.forEach(watcher -> opened.send(watcher.resumed()));
  }

  private void handleBroken(Status status) throws Failure, IOException {
    if (status.getCode() != Status.Code.UNAVAILABLE && status.getCode() != Status.Code.INTERNAL) {
      console.errors().line("watch was canceled (" + Errors.text(status) + ")");
      throw Failure.of(ExitCode.INTERRUPTED, "watch is canceled by the server");
    }
    LockSupport.parkNanos(RECONNECT_PAUSE.toNanos());
    invocation.client().next();
    open();
  }

  private void handle(WatchResponse response) throws Failure, IOException {
    if (response.getCreated()) {
      handleCreated(response);
      return;
    }
    if (response.getCanceled() || response.getCompactRevision() != 0) {
      live.remove(response.getWatchId());
      handleCanceled(response);
      return;
    }
    if (response.getEventsCount() == 0) {
      console.output().line("progress notify: " + response.getHeader().getRevision());
      invocation.print(new Answer.Watch(response));
      return;
    }
    Watcher watcher = live.get(response.getWatchId());
    if (watcher == null) {
      return;
    }
    invocation.print(new Answer.Watch(response));
    for (Event event : response.getEventsList()) {
      watcher.nextRevision = event.getKv().getModRevision() + 1;
      if (!watcher.command.isEmpty()) {
        WatchExec.run(watcher.command, response.getHeader().getRevision(), event, console);
      }
    }
  }

  private void handleCreated(WatchResponse response) throws Failure, IOException {
    Watcher watcher = asked.poll();
    if (watcher == null) {
      throw Failure.error("the server confirmed a watch that nobody asked for");
    }
    if (response.getCanceled()) {
      handleCanceled(response);
      return;
    }
    if (watcher.nextRevision == 0) {
      watcher.nextRevision = response.getHeader().getRevision() + 1;
    }
    live.put(response.getWatchId(), watcher);
  }

  private void handleCanceled(WatchResponse response) throws Failure, Output.Closed {
    console.errors().line("watch was canceled (" + reason(response) + ")");
    invocation.print(
        new Answer.Watch(response.toBuilder().setCanceled(true).setCreated(false).build()));
    if (!interactive) {
      throw Failure.of(ExitCode.INTERRUPTED, "watch is canceled by the server");
    }
  }

  private static String reason(WatchResponse response) {
    if (response.getCompactRevision() != 0) {
      return "etcdserver: mvcc: required revision has been compacted";
    }
    return response.getCancelReason().isEmpty()
        ? "etcdserver: mvcc: required revision is a future revision"
        : response.getCancelReason();
  }

  /// One stream to a member. Its answers go to the session's queue, one at a time.
  final class Stream extends PulledWatch {

    @Override
    public void onNext(WatchResponse response) {
      offerSignal(new Signal.Answered(this, response));
    }

    @Override
    public void onError(Throwable error) {
      offerSignal(new Signal.Broken(this, Status.fromThrowable(error)));
    }

    @Override
    public void onCompleted() {
      offerSignal(new Signal.Broken(this, Status.UNAVAILABLE));
    }
  }
}
