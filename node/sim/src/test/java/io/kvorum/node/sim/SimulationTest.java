package io.kvorum.node.sim;

import io.kvorum.testkit.Seeds;
import org.junit.jupiter.api.Test;

/// Many runs, each from its seed; `-Dseeds=N` runs more.
class SimulationTest {
  private static final int DEFAULT_SEEDS = 1_500;

  @Test
  void clusterIsSafeUnderFaultsAndLiveAfterThem() {
    Seeds.forEach(DEFAULT_SEEDS, random -> Simulation.run(random, Bug.NONE));
  }
}
