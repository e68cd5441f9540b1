package io.kvorum.bench;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.SplittableRandom;
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

  private final Connections connections;
  private final Plan plan;
  private final LongAdder answered = new LongAdder();
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

  /// Below, fields of the event loop.
  private final LatencyHistogram latencies = new LatencyHistogram();

  private final TreeMap<String, Long> errors = new TreeMap<>();
  private final SplittableRandom random = new SplittableRandom(42);
  private long begun;
  private long issued;
  private int active;
  private int failuresInARow;
  private boolean stopping;
  private @Nullable ScheduledFuture<?> end;

  Load(Connections connections, Plan plan) {
    this.connections = connections;
    this.plan = plan;
  }

  /// How many requests have been answered so far; from any thread.
  long answered() {
    return answered.sum();
  }

  /// Begins on the event loop.
  CompletableFuture<Outcome> start() {
    connections.loop().execute(this::begin);
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
      end =
          connections
              .loop()
              .next()
              .schedule(this::stop, plan.duration().toNanos(), TimeUnit.NANOSECONDS);
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
      outcome.complete(new Outcome(seconds, latencies, errors));
    }
  }

  /// One logical client.
  private final class Client {
    private final int number;

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
      long due = begun + (long) (turn * 1e9 / plan.rate());
      long wait = due - System.nanoTime();
      if (wait <= 0) {
        send(turn, due);
      } else {
        later(() -> send(turn, due), wait);
      }
    }

    private void later(Runnable action, long nanos) {
      var _ = connections.loop().next().schedule(action, nanos, TimeUnit.NANOSECONDS);
    }

    private void send(long turn, long due) {
      if (stopping) {
        finishIfLast();
        return;
      }
      Keys keys = plan.requests().keys();
      long key = keys.sequential() ? turn % keys.space() : random.nextLong(keys.space());
      ClientCall<byte[], Integer> call =
          connections.channel(number).newCall(plan.requests().method(), CallOptions.DEFAULT);
      call.start(new Answer(this, due), new Metadata());
      call.request(2);
      call.sendMessage(plan.requests().request(key));
      call.halfClose();
    }

    void done(long due, int responseBytes, Status status) {
      if (status.isOk() && responseBytes >= plan.requests().minResponseBytes()) {
        latencies.record(System.nanoTime() - due);
        answered.increment();
        failuresInARow = 0;
        next();
        return;
      }
      String error =
          status.isOk()
              ? "the key is not there (put --sequential-keys writes the key space)"
              : status.getCode() + ": " + status.getDescription();
      errors.merge(error, 1L, Long::sum);
      failuresInARow++;
      stopping |= failuresInARow >= MAX_FAILURES_IN_A_ROW;
      later(this::next, TimeUnit.MILLISECONDS.toNanos(RETRY_DELAY_MILLIS));
    }
  }

  private static final class Answer extends ClientCall.Listener<Integer> {
    private final Client client;
    private final long due;
    private int responseBytes;

    Answer(Client client, long due) {
      this.client = client;
      this.due = due;
    }

    @Override
    public void onMessage(Integer bytes) {
      responseBytes = bytes;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      client.done(due, responseBytes, status);
    }
  }
}
