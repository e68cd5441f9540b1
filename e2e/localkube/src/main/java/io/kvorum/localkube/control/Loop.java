package io.kvorum.localkube.control;

import io.kvorum.localkube.api.Api;
import io.kvorum.localkube.store.Key;
import io.kvorum.localkube.store.Watch;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs a task after changes, in a thread of its own: once for all changes that come close
/// together, and again when the task asks for it.
public final class Loop implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

  /// Changes come in bursts; one look serves a burst.
  private static final long GATHER_MILLIS = 5;

  private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

  private final Api api;
  private final Predicate<Key> filter;
  private final Supplier<Duration> task;
  private final Thread thread;
  private volatile boolean closed;

  /// @param task returns how long it can wait for a change
  public Loop(String name, Api api, Predicate<Key> filter, Supplier<Duration> task) {
    this.api = api;
    this.filter = filter;
    this.task = task;
    this.thread = Thread.ofVirtual().name(name).start(this::run);
  }

  private void run() {
    while (!closed) {
      try (Watch watch = api.changes(filter)) {
        follow(watch);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /// Returns when the watch has lost changes: a new one begins with a look at everything.
  private void follow(Watch watch) throws InterruptedException {
    while (!closed && !watch.overrun()) {
      Duration wait = attempt();
      if (watch.poll(wait.toMillis(), TimeUnit.MILLISECONDS) != null) {
        while (watch.poll(GATHER_MILLIS, TimeUnit.MILLISECONDS) != null && !watch.overrun()) {
          // One look covers them all.
        }
      }
    }
  }

  private Duration attempt() {
    try {
      return task.get();
    } catch (RuntimeException e) {
      if (!closed) {
        LOG.warn("{} will try again: {}", thread.getName(), e.toString(), e);
      }
      return AFTER_FAILURE;
    }
  }

  /// Stops; a task that runs is waited for.
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
