package io.kvorum.testkit;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// Runs a property over many seeds and names the seed that breaks it.
///
/// `-Dseed=N` replays one seed, `-Dseeds=N` changes how many run. In CI a few fresh seeds run
/// beside the fixed ones, so that green builds keep searching; a failure prints its seed.
public final class Seeds {

  private static final int FRESH_SEEDS_IN_CI = 8;

  /// A run that is a function of its random numbers alone.
  @FunctionalInterface
  public interface Run {
    void with(RandomGenerator random) throws Exception;
  }

  /// A run that wants to know its seed, to print it in a timeline.
  @FunctionalInterface
  public interface SeededRun {
    void with(long seed, RandomGenerator random) throws Exception;
  }

  private Seeds() {}

  /// Runs seeds 1 to `count`; the first failure is reported with the seed that replays it.
  public static void forEach(int count, Run run) {
    forEachSeed(count, (_, random) -> run.with(random));
  }

  /// As `forEach`, and hands the seed to the run.
  public static void forEachSeed(int count, SeededRun run) {
    Long only = Long.getLong("seed");
    if (only != null) {
      runOne(only, run);
      return;
    }
    int wanted = Integer.getInteger("seeds", count);
    for (long seed = 1; seed <= wanted; seed++) {
      runOne(seed, run);
    }
    if ("true".equals(System.getenv("CI"))) {
      var fresh = new SplittableRandom();
      for (int i = 0; i < FRESH_SEEDS_IN_CI; i++) {
        runOne(fresh.nextLong(Integer.MAX_VALUE, Long.MAX_VALUE), run);
      }
    }
  }

  private static void runOne(long seed, SeededRun run) {
    try {
      run.with(seed, new SplittableRandom(seed));
    } catch (Exception | Error e) {
      throw new AssertionError("seed " + seed + " fails; -Dseed=" + seed + " replays it", e);
    }
  }
}
