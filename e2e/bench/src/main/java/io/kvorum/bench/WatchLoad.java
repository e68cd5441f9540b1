package io.kvorum.bench;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/// Watchers, and puts to the keys that they watch. Puts and watchers have an event loop each, so
/// that neither is late for the other's sake; each event says when its put was sent.
final class WatchLoad implements AutoCloseable {

  private static final long CREATE_SECONDS = 60;

  /// When no event has come for so long, what is missing will not come.
  private static final long STALL_SECONDS = 10;

  private final Connections watching;
  private final Keys keys;
  private final int watchers;
  private final List<WatchedStream> streams = new ArrayList<>();
  private final CompletableFuture<Void> created = new CompletableFuture<>();

  /// From any thread, for the progress line.
  private final LongAdder delivered = new LongAdder();

  /// Below, fields of the watchers' event loop.
  private LatencyHistogram latencies = new LatencyHistogram();

  private final TreeMap<String, Long> faults = new TreeMap<>();
  private int creating;
  private long expected = Long.MAX_VALUE;
  private long newestEvent;
  private CompletableFuture<Void> complete = new CompletableFuture<>();

  /// Watchers that take the keys in turn and are spread over the streams, and these over the
  /// connections. Returns when the server has created all of them.
  WatchLoad(Connections watching, int watchers, int streamCount, Keys keys) {
    if (watchers < 1 || streamCount < 1) {
      throw new IllegalArgumentException("--watchers and --streams must be 1 or more");
    }
    this.watching = watching;
    this.keys = keys;
    this.watchers = watchers;
    this.creating = watchers;
    watching.loop().execute(() -> createAll(Math.min(streamCount, watchers)));
    await(created, CREATE_SECONDS, "not all watchers were created");
  }

  private void createAll(int streamCount) {
    for (int stream = 0; stream < streamCount; stream++) {
      var watched = new ArrayList<ByteString>();
      for (int watcher = stream; watcher < watchers; watcher += streamCount) {
        byte[] key = new byte[keys.size()];
        keys.write(watcher % keys.space(), key, 0);
        watched.add(ByteString.copyFrom(key));
      }
      streams.add(new WatchedStream(watching.channel(stream), watched, new Sink()));
    }
  }

  /// On the watchers' event loop.
  private final class Sink implements WatchedStream.Sink {
    @Override
    public void created() {
      creating--;
      if (creating == 0) {
        created.complete(null);
      }
    }

    @Override
    public void event(long stamp, long now) {
      newestEvent = now;
      latencies.record(newestEvent - stamp);
      delivered.increment();
      completeIfAll();
    }

    @Override
    public void fault(String what) {
      faults.merge(what, 1L, Long::sum);
      created.completeExceptionally(new IllegalStateException(what));
    }
  }

  private void completeIfAll() {
    if (latencies.total() >= expected) {
      complete.complete(null);
    }
  }

  /// How many events the watchers have got so far; from any thread.
  long delivered() {
    return delivered.sum();
  }

  int watchers() {
    return watchers;
  }

  /// Puts as planned, and waits until every watcher has got every event that is due to it. May be
  /// called again.
  WatchOutcome run(Connections putting, Plan plan, int valueBytes) {
    var _ = expect(Long.MAX_VALUE);
    var putsOfKey = new long[Math.toIntExact(keys.space())];
    Requests puts = Requests.stampedPut(keys, valueBytes, key -> putsOfKey[(int) key]++);
    long begun = System.nanoTime();
    Outcome outcome = Load.unary(putting, plan, puts).run();
    CompletableFuture<Void> all = expect(eventsOf(putsOfKey));
    awaitOrStall(all);
    return onLoop(() -> {
      double seconds = Math.max(1, newestEvent - begun) / 1e9;
      long missing = expected - latencies.total();
      if (missing > 0) {
        faults.merge("an event never came", missing, Long::sum);
      }
      var result = new WatchOutcome(outcome, watchers, seconds, latencies, new TreeMap<>(faults));
      latencies = new LatencyHistogram();
      faults.clear();
      return result;
    });
  }

  private long eventsOf(long[] putsOfKey) {
    long events = 0;
    for (int key = 0; key < putsOfKey.length; key++) {
      int ofKey = watchers / putsOfKey.length + (key < watchers % putsOfKey.length ? 1 : 0);
      events += putsOfKey[key] * ofKey;
    }
    return events;
  }

  private CompletableFuture<Void> expect(long events) {
    return onLoop(() -> {
      expected = events;
      complete = new CompletableFuture<>();
      completeIfAll();
      return complete;
    });
  }

  /// Slow is not stalled: as long as events come, there is hope for the rest.
  private void awaitOrStall(CompletableFuture<Void> all) {
    long before = -1;
    while (!all.isDone() && delivered() != before) {
      before = delivered();
      try {
        all.get(STALL_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException _) {
        // Looks again whether more has come.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting for events", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException("the watchers failed", e);
      }
    }
  }

  private interface Question<T> {
    T ask();
  }

  private <T> T onLoop(Question<T> question) {
    var answer = new CompletableFuture<T>();
    watching.loop().execute(() -> answer.complete(question.ask()));
    return await(answer, CREATE_SECONDS, "the event loop of the watchers is stuck");
  }

  private static <T> T await(CompletableFuture<T> future, long seconds, String otherwise) {
    try {
      return future.get(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(otherwise + " within " + seconds + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted: " + otherwise, e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(otherwise + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    var _ =
        onLoop(() -> {
          streams.forEach(WatchedStream::close);
          return true;
        });
  }
}
