package io.kvorum.node.sim;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// Where the random numbers of a run come from: a stream of its own for each purpose, so that a
/// change in one place (a step left out while shrinking, say) leaves the numbers elsewhere alone.
record Randomness(long seed) {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  /// What a stream is for.
  enum Purpose {
    PLAN,
    DISK,
    LINK,
    DRIVER,
    RAFT,
    CLIENTS,
    LEASES
  }

  @SuppressWarnings("EnumOrdinal") // The order is part of what a seed means.
  RandomGenerator stream(Purpose purpose, long which) {
    long mixed = seed + GOLDEN * (purpose.ordinal() + 1);
    return new SplittableRandom((mixed ^ (mixed >>> 29)) * GOLDEN + which);
  }
}
