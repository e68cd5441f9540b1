package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.mvcc.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Wakes those who wait for something below a token. One watch over all tokens serves them all, so
/// a waiting member costs the store nothing.
final class DiscoveryChanges {

  private static final Scope ALL = Scope.prefix(ByteString.copyFromUtf8(DiscoveryRegistry.PREFIX));
  private static final Duration QUIET = Duration.ofMinutes(1);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final Map<String, Set<Waiter>> waiters = new HashMap<>();

  /// One who waits: it is registered first, then looks, then waits; so nothing is missed between.
  final class Waiter implements AutoCloseable {

    private final String token;
    private final Semaphore changes = new Semaphore(0);

    private Waiter(String token) {
      this.token = token;
    }

    /// Waits for a change since the last call; false when the time is over before.
    boolean await(long nanos) throws InterruptedException {
      if (!changes.tryAcquire(Math.max(0, nanos), TimeUnit.NANOSECONDS)) {
        return false;
      }
      changes.drainPermits();
      return true;
    }

    @Override
    public void close() {
      forget(this);
    }
  }

  synchronized Waiter waiter(String token) {
    var waiter = new Waiter(token);
    waiters.computeIfAbsent(token, _ -> new HashSet<>()).add(waiter);
    return waiter;
  }

  private synchronized void forget(Waiter waiter) {
    Set<Waiter> others = waiters.get(waiter.token);
    if (others != null && others.remove(waiter) && others.isEmpty()) {
      waiters.remove(waiter.token);
    }
  }

  private synchronized void wake(String token) {
    waiters.getOrDefault(token, Set.of()).forEach(waiter -> waiter.changes.release());
  }

  /// Whatever a watch that ended has missed, those who wait look for themselves.
  private synchronized void wakeAll() {
    waiters.keySet().forEach(this::wake);
  }

  /// Follows the store without end.
  void follow(Client client, Output errors) throws Output.Closed {
    while (true) {
      try {
        var store = new Store(client, ALL);
        try (var feed = new ChangeFeed(store, store.revision() + 1)) {
          wakeAll();
          pass(feed);
        }
      } catch (Output.Closed e) {
        throw e;
      } catch (Failure | IOException e) {
        errors.line("watching the tokens: " + e.getMessage());
        errors.flush();
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  /// Hands on what a feed brings until it ends.
  private void pass(ChangeFeed feed) throws Failure, IOException {
    while (true) {
      switch (feed.next(QUIET)) {
        case ChangeFeed.News.Changes changes -> changes.events().forEach(this::announce);
        case ChangeFeed.News.Compacted _ -> {
          return;
        }
        case ChangeFeed.News.Progress _, ChangeFeed.News.Quiet _ -> {}
      }
    }
  }

  private void announce(Event event) {
    String rest =
        event.getKv().getKey().toStringUtf8().substring(DiscoveryRegistry.PREFIX.length());
    int slash = rest.indexOf('/');
    wake(slash < 0 ? rest : rest.substring(0, slash));
  }
}
