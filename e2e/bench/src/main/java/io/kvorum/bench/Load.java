package io.kvorum.bench;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// A closed loop of load: each logical client sends its next request when the one before is
/// answered, or at its turn if the rate is limited. All of it runs on the one event loop of the
/// connections, so nothing here is shared between threads but the counter for the progress line.
///
/// With a limited rate the latency counts from the moment at which the request was due: a server
/// that stalls is charged for the requests that could not be sent meanwhile.
final class Load {

  private static final long RETRY_DELAY_MILLIS = 10;

  /// After so many failures in a row nothing is measured any more.
  private static final int MAX_FAILURES_IN_A_ROW = 1_000;

  /// How long the last answers may take.
  private static final long DRAIN_SECONDS = 30;

  private final EventLoopGroup loop;
  private final Plan plan;
  private final Work work;
  private final LongAdder answered = new LongAdder();
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

  /// Below, fields of the event loop.
  private final LatencyHistogram latencies = new LatencyHistogram();

  private final List<LatencyHistogram> latenciesByKind;
  private final TreeMap<String, Long> errors = new TreeMap<>();
  private long begun;
  private long issued;
  private int active;
  private int failuresInARow;
  private boolean stopping;
  private @Nullable ScheduledFuture<?> end;

  Load(EventLoopGroup loop, Plan plan, Work work) {
    this.loop = loop;
    this.plan = plan;
    this.work = work;
    this.latenciesByKind = work.kinds().stream().map(_ -> new LatencyHistogram()).toList();
  }

  /// Calls with one request and one response each.
  static Load unary(Connections connections, Plan plan, Requests requests) {
    return new Load(connections.loop(), plan, new UnaryWork(connections, requests));
  }

  /// How many requests have been answered so far; from any thread.
  long answered() {
    return answered.sum();
  }

  /// Begins on the event loop.
  CompletableFuture<Outcome> start() {
    loop.execute(this::begin);
    return outcome;
  }

  /// Runs to its end.
  Outcome run() {
    try {
      var running = start();
      return plan.duration().isZero()
          ? running.get()
          : running.get(plan.duration().toSeconds() + DRAIN_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "%d requests are still not answered %d s after the end".formatted(active, DRAIN_SECONDS),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while under load", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the load failed: " + e.getCause(), e);
    }
  }

  private void begin() {
    begun = System.nanoTime();
    if (!plan.duration().isZero()) {
      end = loop.next().schedule(this::stop, plan.duration().toNanos(), TimeUnit.NANOSECONDS);
    }
    active = plan.clients();
    for (int i = 0; i < plan.clients(); i++) {
      new Client(i).next();
    }
  }

  private void stop() {
    stopping = true;
  }

  private void finishIfLast() {
    active--;
    if (active == 0) {
      if (end != null) {
        end.cancel(false);
      }
      double seconds = (System.nanoTime() - begun) / 1e9;
      outcome.complete(new Outcome(seconds, latencies, byKind(), errors));
    }
  }

  private SequencedMap<String, LatencyHistogram> byKind() {
    var named = new LinkedHashMap<String, LatencyHistogram>();
    for (int i = 0; i < latenciesByKind.size(); i++) {
      named.put(work.kinds().get(i), latenciesByKind.get(i));
    }
    return named;
  }

  /// One logical client, with at most one request on its way.
  private final class Client implements Work.Reply {
    private final int number;
    private long due;

    Client(int number) {
      this.number = number;
    }

    void next() {
      if (stopping || (plan.total() > 0 && issued >= plan.total())) {
        finishIfLast();
        return;
      }
      long turn = issued++;
      if (plan.rate() == 0) {
        send(turn, System.nanoTime());
        return;
      }
      long turnsDue = begun + (long) (turn * 1e9 / plan.rate());
      long wait = turnsDue - System.nanoTime();
      if (wait <= 0) {
        send(turn, turnsDue);
      } else {
        later(() -> send(turn, turnsDue), wait);
      }
    }

    private void later(Runnable action, long nanos) {
      var _ = loop.next().schedule(action, nanos, TimeUnit.NANOSECONDS);
    }

    private void send(long turn, long turnsDue) {
      if (stopping) {
        finishIfLast();
        return;
      }
      due = turnsDue;
      work.send(number, turn, this);
    }

    @Override
    public void succeeded(int kind) {
      long nanos = System.nanoTime() - due;
      latencies.record(nanos);
      if (!latenciesByKind.isEmpty()) {
        latenciesByKind.get(kind).record(nanos);
      }
      answered.increment();
      failuresInARow = 0;
      next();
    }

    @Override
    public void failed(String error) {
      errors.merge(error, 1L, Long::sum);
      failuresInARow++;
      stopping |= failuresInARow >= MAX_FAILURES_IN_A_ROW;
      later(this::next, TimeUnit.MILLISECONDS.toNanos(RETRY_DELAY_MILLIS));
    }
  }
}
