package io.kvorum.suite.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.suite.history.StoreClient;
import io.kvorum.suite.history.Workload;
import io.kvorum.suite.members.MemberProcess;
import io.kvorum.testkit.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Real members under faults drawn from seeds, while clients record what they are told: the history
/// is linearizable, nothing acknowledged is lost, watchers and leases get what was promised, all
/// members end with the same content, and the cluster serves again behind each fault.
///
/// `-Dseed=N` replays the faults of a seed, with `-Dsuite.fire.members=5` on five members;
/// `-Dsuite.fire.minutes=30` goes on with fresh seeds for so long.
@Timeout(value = 24, unit = TimeUnit.HOURS)
final class FireTest {

  private static final int CLIENTS = 8;
  private static final Duration PAUSE = Duration.ofMillis(4);
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration BOUND = Duration.ofMinutes(2);
  private static final int STRIKES = Integer.getInteger("suite.fire.strikes", 4);
  private static final int LIES = 10;

  @TempDir private Path folder;

  /// @param members how many there are
  record Run(long seed, int members) {}

  static Stream<Run> runs() {
    Long only = Long.getLong("seed");
    int minutes = Integer.getInteger("suite.fire.minutes", 0);
    if (only != null) {
      return Stream.of(new Run(only, Integer.getInteger("suite.fire.members", 3)));
    }
    if (minutes == 0) {
      return Stream.of(new Run(1, 3), new Run(2, 3), new Run(3, 5));
    }
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    var random = new SplittableRandom();
    return Stream.generate(() -> new Run(random.nextLong(1L << 40), random.nextBoolean() ? 3 : 5))
        .takeWhile(_ -> System.nanoTime() < end);
  }

  @ParameterizedTest
  @MethodSource("runs")
  void historyUnderFaults_isLinearizable(Run run) throws Exception {
    var swarm = new Swarm(run.seed(), run.members());
    try (var cluster = new Cluster(Files.createDirectories(folder), run.members())) {
      try {
        burn(run, swarm, cluster.start());
      } catch (Exception | Error failure) {
        throw new AssertionError(
            "seed %d on %d members; -Dseed=%d -Dsuite.fire.members=%d replays its faults%n%s%n%s"
                .formatted(
                    run.seed(),
                    run.members(),
                    run.seed(),
                    run.members(),
                    String.join("\n", swarm.timeline()),
                    cluster.lastWords()),
            failure);
      }
    }
  }

  private static void burn(Run run, Swarm swarm, Cluster cluster) throws Exception {
    long began = System.nanoTime();
    Workload load = load(cluster);
    for (int i = 0; i < STRIKES; i++) {
      swarm.strike(cluster, load);
    }
    load.stop();
    long burnt = System.nanoTime();
    assertThat(load.violations(cluster.endpoints())).as(load.summary()).isEmpty();
    cluster.assertEqualContent();
    System.out.printf(
        "%s: %s; %s; %d s of faults, %d s of judging%n",
        run,
        load.summary(),
        swarm.done(),
        TimeUnit.NANOSECONDS.toSeconds(burnt - began),
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - burnt));
  }

  private static Workload load(Cluster cluster) {
    return Workload.startAll(
        CLIENTS,
        "fire/",
        PAUSE,
        cluster::endpoints,
        endpoint -> new StoreClient(endpoint, PATIENCE));
  }

  /// The judge is no ornament: a client of a member that is cut off is made to believe that its
  /// serializable reads are linearizable, which nothing but the history tells.
  @Test
  void staleReads_ofAMemberThatIsCutOff_areRefusedByTheJudge() throws Exception {
    try (var cluster = new Cluster(folder, 3).start()) {
      MemberProcess behind = cluster.follower();
      Workload load =
          Workload.startAll(
              CLIENTS,
              "fire/",
              PAUSE,
              () -> cluster.endpoints().stream().filter(e -> !e.equals(behind.endpoint())).toList(),
              endpoint -> new StoreClient(endpoint, PATIENCE));
      awaitWrites(load);
      cluster.network().inbound(behind.name(), Way::hold);
      cluster.network().outbound(behind.name(), Way::hold);
      awaitWrites(load);
      load.falsify(behind.endpoint(), LIES);
      cluster.heal();
      load.stop();
      List<String> violations = load.violations(cluster.endpoints());
      assertThat(violations).hasSize(LIES).allMatch(v -> v.startsWith("stale: "));
    }
  }

  private static void awaitWrites(Workload load) {
    long wanted = load.acknowledged() + 200;
    Await.until(wanted + " writes", BOUND, () -> load.acknowledged() >= wanted);
  }
}
