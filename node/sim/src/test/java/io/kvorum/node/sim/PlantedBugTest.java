package io.kvorum.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// The checks bite: each mistake planted in the driver is found within a bounded number of seeds.
class PlantedBugTest {
  /// Twice what the one that hides best takes.
  private static final int SEEDS = 600;

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
  void bug_isFound(Bug bug) {
    assertThat(firstFailingSeed(bug)).as("seed that finds %s", bug).isLessThanOrEqualTo(SEEDS);
  }

  private static int firstFailingSeed(Bug bug) {
    for (int seed = 1; seed <= SEEDS; seed++) {
      try {
        Simulation.run(Plan.of(seed), bug);
      } catch (Violated found) {
        return seed;
      }
    }
    return SEEDS + 1;
  }
}
