package io.kvorum.node.server.watch;

import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.ApplyBounds;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Committed;
import io.kvorum.node.core.kv.Compaction;
import io.kvorum.node.core.kv.KeyRange;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.MemoryStore;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.server.api.Counters;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.util.ArrayList;
import java.util.List;

/// A hub over a real state machine in memory, whose thread is the test: nothing moves but by
/// [#settle].
final class HandDrivenHub implements WatchSource {

  /// Shorter than any two steps of a test: whoever is idle is told.
  private static final long PROGRESS_NANOS = 1;

  private static final long FRAGMENT_BYTES = 1 << 20;

  final WatchHub hub;

  /// Reads of the store for watchers that lack events.
  int reads;

  private MemoryStore store = new MemoryStore();
  private final ApplyBounds bounds;
  private Kv kv;
  private View view;

  HandDrivenHub() {
    this(ApplyBounds.withAnswers(1 << 20), 1 << 20);
  }

  /// @param wholeRevisionBytes see [WatchHub.Settings]
  HandDrivenHub(ApplyBounds bounds, long wholeRevisionBytes) {
    this.bounds = bounds;
    kv = Kv.open(store, bounds);
    view = kv.view();
    hub =
        new WatchHub(
            this,
            Runnable::run,
            new Counters(),
            new WatchHub.Settings(PROGRESS_NANOS, FRAGMENT_BYTES, wholeRevisionBytes),
            failure -> {
              throw new AssertionError(failure);
            });
  }

  @Override
  public View retainView() {
    reads++;
    if (!view.maybeRetain()) {
      throw new AssertionError("the newest view is open");
    }
    return view;
  }

  @Override
  public long revision() {
    return view.revision();
  }

  @Override
  public ResponseHeader header(long revision) {
    return ResponseHeader.newBuilder().setRevision(revision).build();
  }

  /// Applies commands as one batch; the hub hears of it when it runs.
  void apply(Command... commands) {
    var entries = new ArrayList<Committed>();
    for (Command command : commands) {
      long index = kv.appliedIndex() + 1 + entries.size();
      entries.add(new Committed.CommandEntry(index, 1, CommandCodec.encode(index, command)));
    }
    Applied applied = kv.apply(entries);
    view.close();
    view = applied.view();
    hub.applied(applied);
  }

  void put(String key) {
    put(key, Bytes.utf8("v"));
  }

  void put(String key, Bytes value) {
    apply(Command.Put.of(Bytes.utf8(key), value));
  }

  /// Makes revisions up to one unreadable and removes what can go.
  void compact(long revision) {
    apply(new Command.Compact(revision));
    var compaction = new Compaction(store);
    while (compaction.step(1_000)) {
      // More is to be removed.
    }
    view.close();
    view = kv.view();
  }

  /// A copy of the state as it is, for [#restore].
  MemoryStore checkpoint() {
    return store.checkpoint();
  }

  /// The leader's state takes the place of this one.
  void restore(MemoryStore received) {
    store = received;
    kv = Kv.open(store, bounds);
    view.close();
    view = kv.view();
    hub.restored(view);
  }

  /// Lets the hub do all that waits.
  void settle() {
    while (hub.run()) {
      // More has come up.
    }
  }

  /// One client's stream.
  final class Client implements WatchStream.Client {
    final List<WatchResponse> responses = new ArrayList<>();
    final WatchStream stream = new WatchStream(ImmediateEventExecutor.INSTANCE, this);
    private boolean reads = true;
    private int responsesUntilFull = Integer.MAX_VALUE;

    Client() {
      hub.open(stream);
    }

    void watch(String key, String end, long startRevision) {
      watch(key, end, startRevision, false);
    }

    void watch(String key, String end, long startRevision, boolean fragment) {
      var range = KeyRange.of(Bytes.utf8(key), Bytes.utf8(end));
      var wish = new Watcher.Wish(range, false, false, false, true, fragment);
      hub.create(new WatchHub.Create(stream, wish, 0, startRevision));
    }

    void askForProgress() {
      hub.progress(stream);
    }

    /// Stops reading, or goes on.
    void reads(boolean now) {
      reads = now;
      if (now && stream.isLagging()) {
        hub.ready(stream);
      }
    }

    /// Takes so many responses more, and then stops reading.
    void stopsAfter(int more) {
      responsesUntilFull = more;
    }

    @Override
    public void send(WatchResponse response) {
      responses.add(response);
      if (--responsesUntilFull == 0) {
        reads = false;
      }
    }

    @Override
    public boolean isReady() {
      return reads;
    }

    /// The revisions of the events that came, in their order.
    List<Long> revisions() {
      return responses.stream()
          .flatMap(response -> response.getEventsList().stream())
          .map(event -> event.getKv().getModRevision())
          .toList();
    }
  }
}
