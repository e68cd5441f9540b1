package io.kvorum.suite.history;

import io.kvorum.node.proto.etcd.WatchResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A client that watches some keys from revision 1 on, now and then asks how far the watch is, and
/// goes on at another member when a stream ends or falls silent.
final class Watcher {

  private static final long SILENCE_MILLIS = 3_000;
  private static final long POLL_MILLIS = 100;
  private static final long PAUSE_AFTER_FAILURE_NANOS = 50_000_000;

  private final String name;
  private final Span span;
  private final Function<RandomGenerator, @Nullable StoreClient> members;
  private final RandomGenerator random;
  private final List<Watching.Delivery> deliveries = new ArrayList<>();
  private final Thread thread;
  private volatile long seen;
  private volatile boolean stopping;
  private volatile @Nullable String refusal;

  private Watcher(int number, Span span, Function<RandomGenerator, @Nullable StoreClient> members) {
    name = "watcher " + number;
    this.span = span;
    this.members = members;
    random = new SplittableRandom(number);
    thread = Thread.ofVirtual().unstarted(this::run);
  }

  /// @param members makes a client of one of the members of the moment, if there is one
  static Watcher start(
      int number, Span span, Function<RandomGenerator, @Nullable StoreClient> members) {
    var watcher = new Watcher(number, span, members);
    watcher.thread.start();
    return watcher;
  }

  /// Up to which revision it has seen everything.
  long seen() {
    return seen;
  }

  /// Why a member would not let it watch; null if none did that.
  @Nullable String refusal() {
    return refusal;
  }

  /// Ends it; what it was sent.
  Watching stop() throws InterruptedException {
    stopping = true;
    thread.join();
    return new Watching(name, span, 1, List.copyOf(deliveries));
  }

  private void run() {
    while (!stopping) {
      try (StoreClient client = members.apply(random)) {
        if (client != null) {
          follow(client);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      LockSupport.parkNanos(PAUSE_AFTER_FAILURE_NANOS);
    }
  }

  private void follow(StoreClient client) throws InterruptedException {
    long heard = System.nanoTime();
    long visit = random.nextLong(2_000, 10_000) * 1_000_000;
    long began = heard;
    try (var stream = new WatchStream(client, span, seen + 1)) {
      while (!stopping && System.nanoTime() - began < visit) {
        switch (stream.poll(POLL_MILLIS)) {
          case WatchStream.Next.Response(WatchResponse response, long received) -> {
            heard = received;
            take(response, received);
          }
          case WatchStream.Next.End _ -> {
            return;
          }
          case null -> {
            if (System.nanoTime() - heard > SILENCE_MILLIS * 1_000_000) {
              return;
            }
            stream.askProgress();
          }
        }
      }
    }
  }

  private void take(WatchResponse response, long received) {
    if (response.getCanceled()) {
      refusal = response.toString();
      return;
    }
    if (response.getCreated()) {
      return;
    }
    var delivery =
        new Watching.Delivery(
            received, response.getHeader().getRevision(), WatchStream.changes(response));
    deliveries.add(delivery);
    seen =
        Math.max(
            seen,
            delivery.changes().isEmpty()
                ? delivery.revision()
                : delivery.changes().getLast().revision());
  }
}
