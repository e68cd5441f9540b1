package io.kvorum.node.sim;

import java.util.random.RandomGenerator;

/// How the world of one run is made. Each fault is absent from some runs, so that others can be
/// frequent without drowning everything: the seed draws which, and how much.
///
/// Times are in units of a hundredth of a tick; chances are per message or per tick of the world.
///
/// @param members how many members found the cluster
/// @param ticks how long faults go on
/// @param orderedLinks whether messages of one link stay in order
/// @param catchUpEntries what a log keeps for slow followers
/// @param segmentBytes the size of the log's segments
record Climate(
    int members,
    int ticks,
    boolean orderedLinks,
    int maxDelay,
    double loss,
    double duplication,
    int maxSyncDelay,
    int maxApplyDelay,
    boolean smallLimits,
    int catchUpEntries,
    int segmentBytes) {

  static Climate draw(RandomGenerator random) {
    return new Climate(
        random.nextInt(1, 6),
        random.nextInt(60, 260),
        random.nextInt(4) > 0,
        random.nextInt(5, random.nextBoolean() ? 60 : 600),
        sometimes(random, 0.25),
        sometimes(random, 0.25),
        random.nextInt(1, random.nextBoolean() ? 40 : 400),
        random.nextInt(1, random.nextBoolean() ? 40 : 400),
        random.nextBoolean(),
        random.nextBoolean() ? random.nextInt(3) : random.nextInt(60),
        1024 << random.nextInt(1, 4));
  }

  /// Without faults: what a test adds by hand is all there is.
  static Climate fair(int members) {
    return new Climate(members, 0, true, 10, 0, 0, 5, 5, false, 50, 8192);
  }

  /// The same world with a network that loses, doubles and reorders nothing.
  Climate withFairLinks() {
    return new Climate(
        members,
        ticks,
        true,
        10,
        0,
        0,
        maxSyncDelay,
        maxApplyDelay,
        smallLimits,
        catchUpEntries,
        segmentBytes);
  }

  /// A chance that is zero every other time.
  static double sometimes(RandomGenerator random, double most) {
    return random.nextBoolean() ? random.nextDouble(most) : 0;
  }
}
