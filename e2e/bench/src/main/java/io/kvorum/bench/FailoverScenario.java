package io.kvorum.bench;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// The leader of three is killed while clients put: how long each of them waits for the next put
/// that is answered.
record FailoverScenario() implements Scenario {

  static final String NAME = "failover after kill -9 of the leader";

  private static final int MEMBERS = 3;
  private static final int CLIENTS = 6;
  private static final long PUT_TIMEOUT_MILLIS = 1_000;
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long GAP_TIMEOUT_SECONDS = 60;

  /// Puts of each client before the kill: all of them are under way then.
  private static final int PUTS_BEFORE = 50;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int members() {
    return MEMBERS;
  }

  @Override
  public void run(Run run) {
    try (Cluster cluster = run.start(MEMBERS)) {
      var gaps = new ArrayList<Double>();
      for (int trial = 0; trial < run.settings().trials(); trial++) {
        gaps.addAll(kill(cluster));
      }
      double[] sorted = gaps.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      run.add(
          new Case(MEMBERS, NAME),
          new Results.Measurement()
              .with(Figure.SECONDS, sorted[sorted.length / 2])
              .with(Figure.LONGEST, sorted[sorted.length - 1]));
    }
  }

  /// One client: a thread that puts without pause, to the next member after each failure. Its gap
  /// is the longest time between two answers, of which the second is to a put after the kill.
  private static final class Client implements Runnable {
    private final List<ManagedChannel> channels;
    private final int number;
    private final CountDownLatch underWay;
    private final CountDownLatch served;
    private volatile boolean leaderKilled;
    private volatile double gapSeconds;

    Client(
        List<ManagedChannel> channels, int number, CountDownLatch underWay, CountDownLatch served) {
      this.channels = channels;
      this.number = number;
      this.underWay = underWay;
      this.served = served;
    }

    @Override
    public void run() {
      int at = number;
      int done = 0;
      long lastAnswer = System.nanoTime();
      while (!Thread.currentThread().isInterrupted()) {
        boolean after = leaderKilled;
        if (!put(channels.get(at % channels.size()))) {
          at++;
          LockSupport.parkNanos(RETRY_NANOS);
          continue;
        }
        long now = System.nanoTime();
        done++;
        if (done == PUTS_BEFORE) {
          underWay.countDown();
        } else if (done > PUTS_BEFORE) {
          gapSeconds = Math.max(gapSeconds, (now - lastAnswer) / 1e9);
        }
        if (after) {
          served.countDown();
          return;
        }
        lastAnswer = now;
      }
    }

    private boolean put(ManagedChannel channel) {
      try {
        var _ =
            KVGrpc.newBlockingStub(channel)
                .withDeadlineAfter(PUT_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                .put(
                    PutRequest.newBuilder()
                        .setKey(ByteString.copyFromUtf8("failover" + number))
                        .build());
        return true;
      } catch (StatusRuntimeException _) {
        return false;
      }
    }
  }

  private static List<Double> kill(Cluster cluster) {
    List<ManagedChannel> channels = cluster.openChannels();
    var underWay = new CountDownLatch(CLIENTS);
    var served = new CountDownLatch(CLIENTS);
    var clients = new ArrayList<Client>();
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < CLIENTS; i++) {
      var client = new Client(channels, i, underWay, served);
      clients.add(client);
      threads.add(Thread.ofPlatform().daemon().name("client-" + i).start(client));
    }
    try {
      await(underWay, "clients cannot put");
      int leader = cluster.indexOfLeader();
      cluster.member(leader).kill();
      clients.forEach(client -> client.leaderKilled = true);
      await(served, "clients are not served after the leader's end");
      var _ = cluster.restart(leader);
      return clients.stream().map(client -> client.gapSeconds).toList();
    } finally {
      threads.forEach(Thread::interrupt);
      channels.forEach(ManagedChannel::shutdownNow);
    }
  }

  private static void await(CountDownLatch latch, String otherwise) {
    try {
      if (!latch.await(GAP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(otherwise + " within " + GAP_TIMEOUT_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted: " + otherwise, e);
    }
  }
}
