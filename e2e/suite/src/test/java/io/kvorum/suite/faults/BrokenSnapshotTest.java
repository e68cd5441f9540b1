package io.kvorum.suite.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.suite.history.StoreClient;
import io.kvorum.suite.members.MemberProcess;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Http;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A member that lags is sent the whole state, and the link breaks again and again while that is
/// under way: what has arrived is not fetched anew, and in the end it has everything.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class BrokenSnapshotTest {

  private static final int KEYS = 400;
  private static final int VALUE_BYTES = 100_000;

  /// The links break each time so many bytes of the state have come: a transfer that began anew
  /// each time would never end.
  private static final long BYTES_BETWEEN_BREAKS = 10L << 20;

  private static final long BYTES_PER_SECOND = 20L << 20;
  private static final int BREAKS = 3;
  private static final Duration BOUND = Duration.ofMinutes(2);

  @TempDir private Path folder;

  @Test
  void snapshotThatBreaksMidway_goesOnWhereItWas() throws Exception {
    try (var cluster = new Cluster(folder, 3).start()) {
      MemberProcess late = cluster.follower();
      late.program().kill();
      MemberProcess leader = cluster.leader();
      fill(leader);
      cutLogs(cluster, late);
      long before = received(cluster, late);
      cluster.network().inbound(late.name(), way -> way.limit(BYTES_PER_SECOND));
      cluster.launch(late);
      for (int i = 1; i <= BREAKS; i++) {
        long enough = before + i * BYTES_BETWEEN_BREAKS;
        Await.until("a part of the state has come", BOUND, () -> received(cluster, late) > enough);
        cluster.network().wires(late.name(), Wire::refuse);
        cluster.network().wires(late.name(), Wire::admit);
      }
      cluster.heal();
      assertThat(counter(late, "etcd_network_snapshot_receive_success")).isPositive();
      assertThat(received(cluster, late) - before)
          .as("bytes sent")
          .isLessThan(2L * KEYS * VALUE_BYTES);
      cluster.assertEqualContent();
    }
  }

  private static long received(Cluster cluster, MemberProcess member) {
    var sum = new AtomicLong();
    cluster.network().inbound(member.name(), way -> sum.set(sum.get() + way.passed()));
    return sum.get();
  }

  private static void fill(MemberProcess member) {
    var random = new SplittableRandom(1);
    var value = new StringBuilder();
    try (var client = new StoreClient(member.endpoint())) {
      for (int i = 0; i < KEYS; i++) {
        value.setLength(0);
        random.ints(VALUE_BYTES, '0', 'z').forEach(c -> value.append((char) c));
        long _ = client.put("large/" + i, value.toString());
      }
    }
  }

  /// The logs of the others no longer reach back to where the late one is: their states are
  /// durable, and they have begun new segments since.
  private static void cutLogs(Cluster cluster, MemberProcess late) throws Exception {
    for (int life = 0; life < 2; life++) {
      for (int i = 0; i < cluster.size(); i++) {
        MemberProcess member = cluster.member(i);
        if (!member.equals(late)) {
          member.program().terminate();
          assertThat(member.program().awaitExit(BOUND)).isZero();
          cluster.launch(member);
          member.awaitHealthy();
        }
      }
      write(cluster, 80);
    }
  }

  private static void write(Cluster cluster, int writes) {
    try (var client = new StoreClient(cluster.leader().endpoint())) {
      for (int i = 0; i < writes; i++) {
        long _ = client.put("small", "" + i);
      }
    }
  }

  private static long counter(MemberProcess member, String name) throws Exception {
    return Http.get("http://" + member.endpoint() + "/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
