package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Puts by many clients at once, and how long they took.
final class LoadRun {

  private static final int KEY_BYTES = 256;

  /// Connections that the clients share.
  private static final int CONNECTIONS_MAX = 16;

  private final Invocation invocation;
  private final int clients;
  private final ByteString prefix;
  private final ByteString value;
  private final AtomicLong turn = new AtomicLong();
  private final List<Long> nanos = new ArrayList<>();
  private final Map<String, Integer> errors = new TreeMap<>();

  /// What came out.
  ///
  /// @param rate successful puts a second
  record Result(
      double rate, double slowestSeconds, double deviationSeconds, Map<String, Integer> errors) {
    Result {
      errors = new TreeMap<>(errors);
    }
  }

  LoadRun(Invocation invocation, int clients, int valueBytes) {
    this.invocation = invocation;
    this.clients = clients;
    this.prefix = ByteString.copyFromUtf8(invocation.flags().text("prefix"));
    this.value = ByteString.copyFrom(new byte[valueBytes]);
  }

  /// So many a second for a while.
  Result paced(int aSecond, Duration time) throws Failure, IOException {
    long gap = TimeUnit.SECONDS.toNanos(1) / aSecond;
    return run(time.toNanos() / gap, gap, time.toNanos());
  }

  /// So many, as fast as they go.
  Result pairs(int count) throws Failure, IOException {
    return run(count, 0, Long.MAX_VALUE);
  }

  private Result run(long puts, long gapNanos, long timeNanos) throws Failure, IOException {
    long start = System.nanoTime();
    var connections = new ArrayList<Client>();
    try {
      for (int i = 0; i < Math.min(clients, CONNECTIONS_MAX); i++) {
        connections.add(invocation.client().of(invocation.settings().endpoints()));
      }
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < clients; i++) {
        Client client = connections.get(i % connections.size()).sharing();
        threads.add(Thread.ofVirtual().start(() -> put(client, puts, gapNanos, start, timeNanos)));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.of(ExitCode.INTERRUPTED, "interrupted");
    } finally {
      connections.forEach(Client::close);
    }
    return result(System.nanoTime() - start);
  }

  private void put(Client client, long puts, long gapNanos, long start, long timeNanos) {
    var random = new SplittableRandom(ThreadLocalRandom.current().nextLong());
    for (long mine = turn.getAndIncrement(); mine < puts; mine = turn.getAndIncrement()) {
      long due = start + mine * gapNanos;
      for (long now = System.nanoTime(); now < due; now = System.nanoTime()) {
        LockSupport.parkNanos(due - now);
      }
      long began = System.nanoTime();
      if (began - start >= timeNanos) {
        return;
      }
      var key = new byte[KEY_BYTES];
      random.nextBytes(key);
      PutRequest request =
          PutRequest.newBuilder()
              .setKey(prefix.concat(ByteString.copyFrom(key)))
              .setValue(value)
              .build();
      try {
        var _ = client.write(channel -> KVGrpc.newBlockingStub(channel).put(request));
        succeeded(System.nanoTime() - began);
      } catch (Failure e) {
        failed(e.text());
      } catch (IOException e) {
        return;
      }
    }
  }

  private synchronized void succeeded(long tookNanos) {
    nanos.add(tookNanos);
  }

  private synchronized void failed(String text) {
    errors.merge(text, 1, Integer::sum);
  }

  private synchronized Result result(long tookNanos) {
    double second = TimeUnit.SECONDS.toNanos(1);
    double mean = nanos.stream().mapToLong(Long::longValue).average().orElse(0);
    double variance =
        nanos.stream().mapToDouble(each -> (each - mean) * (each - mean)).average().orElse(0);
    double slowest = nanos.stream().mapToLong(Long::longValue).max().orElse(0);
    return new Result(
        nanos.size() * second / tookNanos, slowest / second, Math.sqrt(variance) / second, errors);
  }
}
