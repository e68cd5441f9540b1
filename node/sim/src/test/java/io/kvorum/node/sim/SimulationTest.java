package io.kvorum.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Seeds;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Many runs, each from its seed; `-Dseeds=N` runs more.
class SimulationTest {
  private static final int DEFAULT_SEEDS = 1_000;

  /// Runs that have shown a flaw once, in the core or in the simulation.
  private static final long[] REGRESSIONS = {
    276, 292, 321, 673, 703, 3_983, 16_819, 26_807, 27_246, 34_992, 39_459
  };

  @Test
  void seedsThatFoundSomething_passNow() {
    for (long seed : REGRESSIONS) {
      Simulation.run(new SplittableRandom(seed), Bug.NONE);
    }
  }

  @Test
  void cluster_isSafeUnderFaultsAndLiveAfterThem() {
    Seeds.forEach(DEFAULT_SEEDS, random -> Simulation.run(random, Bug.NONE));
  }

  /// A simulation in which nothing happens finds nothing.
  @Test
  void runs_seeElectionsWritesAndReads() {
    long terms = 0;
    long acknowledged = 0;
    long reads = 0;
    for (int seed = 1; seed <= 50; seed++) {
      Simulation.Summary seen = Simulation.run(new SplittableRandom(seed), Bug.NONE);
      terms += seen.terms();
      acknowledged += seen.acknowledged();
      reads += seen.reads();
    }
    assertThat(terms).isGreaterThan(60);
    assertThat(acknowledged).isGreaterThan(2_000);
    assertThat(reads).isGreaterThan(1_000);
  }

  /// The same seed is the same run: else a failure could not be replayed.
  @Test
  void seed_determinesTheRun() {
    for (int seed = 1; seed <= 20; seed++) {
      assertThat(Simulation.run(new SplittableRandom(seed), Bug.NONE))
          .isEqualTo(Simulation.run(new SplittableRandom(seed), Bug.NONE));
    }
  }

  @Test
  void flappingLinks_unseatNoLeaderThatAMajorityHears() {
    Seeds.forEach(100, Simulation::runFlapping);
  }

  @Test
  void deadLeader_isReplacedFarBelowAnElectionTimeout() {
    Seeds.forEach(100, random -> Simulation.runLeaderDeath(random, random.nextInt(3, 6), 6));
  }
}
