package io.kvorum.localkube.store;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A reader of changes at its own pace. One that falls too far behind is cut off and starts anew.
public final class Watch implements AutoCloseable {

  /// A reader that is this many changes behind costs more memory than a fresh list.
  private static final int MAX_BEHIND = 20_000;

  private final ObjectStore store;
  private final Predicate<Key> filter;
  private final BlockingQueue<Change> waiting = new ArrayBlockingQueue<>(MAX_BEHIND);
  private volatile boolean overrun;

  Watch(ObjectStore store, Predicate<Key> filter) {
    this.store = store;
    this.filter = filter;
  }

  /// The next change, or null when none came in time.
  public @Nullable Change poll(long timeout, TimeUnit unit) throws InterruptedException {
    return waiting.poll(timeout, unit);
  }

  /// The next change, waiting for it as long as it takes.
  public Change take() throws InterruptedException {
    return waiting.take();
  }

  /// True when changes were lost because the reader was too slow.
  public boolean overrun() {
    return overrun;
  }

  @Override
  public void close() {
    store.unwatch(this);
  }

  void offer(Change change) {
    if (!overrun && filter.test(change.key()) && !waiting.offer(change)) {
      overrun = true;
    }
  }
}
