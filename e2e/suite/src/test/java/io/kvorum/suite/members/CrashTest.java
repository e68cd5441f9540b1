package io.kvorum.suite.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.suite.history.Workload;
import io.kvorum.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// All members killed at once under load, again and again: every acknowledged write is there, no
/// refused one is, and what had no answer happened wholly or not at all.
///
/// `-Dsuite.crashRounds=N` runs more rounds.
@Timeout(value = 60, unit = java.util.concurrent.TimeUnit.MINUTES)
final class CrashTest {

  private static final int CLIENTS = 8;
  private static final int WRITES_PER_ROUND = 150;
  private static final Duration ROUND_BOUND = Duration.ofMinutes(3);

  @TempDir private Path folder;

  static Stream<Product> products() {
    return Product.chosen();
  }

  @ParameterizedTest
  @MethodSource("products")
  void killNineOfAllMembers_losesNothingAcknowledged(Product product) throws Exception {
    int rounds = Integer.getInteger("suite.crashRounds", 6);
    try (var cluster = new MemberCluster(product, folder, 3).start()) {
      List<String> endpoints = cluster.members().stream().map(MemberProcess::endpoint).toList();
      Workload load = Workload.start(CLIENTS, "crash/", () -> endpoints);
      for (int round = 0; round < rounds; round++) {
        long wanted = load.acknowledged() + WRITES_PER_ROUND;
        Await.until(
            "round " + round + ": " + wanted + " writes acknowledged",
            ROUND_BOUND,
            () -> load.acknowledged() >= wanted);
        cluster.members().forEach(member -> member.program().kill());
        cluster.start();
      }
      load.stop();
      assertThat(load.violations(endpoints)).as(load.summary()).isEmpty();
    }
  }
}
