package io.kvorum.node.sim;

import java.util.random.RandomGenerator;

/// How bad the world is in one run. Each fault is absent from some runs, so that others can be
/// frequent without drowning everything: the seed draws which, and how much.
///
/// Times are in units of a hundredth of a tick; chances are per message or per tick of the world.
///
/// @param members how many members found the cluster
/// @param chaosTicks how long faults go on
record Climate(
    int members,
    int chaosTicks,
    boolean orderedLinks,
    int maxDelay,
    double loss,
    double duplication,
    double partition,
    double flap,
    double crash,
    double pause,
    int maxSyncDelay,
    double stall,
    double compaction,
    double flush,
    double transfer,
    double membership,
    double proposal,
    double read,
    boolean smallLimits) {

  static Climate draw(RandomGenerator random) {
    return new Climate(
        random.nextInt(1, 6),
        random.nextInt(60, 260),
        random.nextBoolean(),
        random.nextInt(5, random.nextBoolean() ? 60 : 600),
        sometimes(random, 0.25),
        sometimes(random, 0.25),
        sometimes(random, 0.05),
        sometimes(random, 0.2),
        sometimes(random, 0.06),
        sometimes(random, 0.04),
        random.nextInt(1, random.nextBoolean() ? 40 : 400),
        sometimes(random, 0.03),
        sometimes(random, 0.2),
        random.nextDouble(0.02, 0.5),
        sometimes(random, 0.05),
        sometimes(random, 0.15),
        random.nextDouble(0.1, 2),
        random.nextDouble(0.1, 1),
        random.nextBoolean());
  }

  /// Without faults: what a test adds by hand is all there is.
  static Climate fair(int members) {
    return new Climate(members, 0, true, 10, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, false);
  }

  private static double sometimes(RandomGenerator random, double most) {
    return random.nextBoolean() ? random.nextDouble(most) : 0;
  }
}
