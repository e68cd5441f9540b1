package io.kvorum.node.sim;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/// Runs seed after seed, as long as wanted, and tells how it goes.
///
/// Seeds follow one another from a first one, so that a soak can be done again, and those that have
/// failed stand in its last lines.
final class Soak {
  /// Seconds between two lines of progress.
  private static final int PROGRESS_SECONDS = 5;

  /// A flaw that breaks every other run is known well enough by then.
  private static final int MAX_VIOLATIONS = 5;

  private static final double TICKS_PER_SECOND = 10;
  private static final double NANOS_PER_SECOND = 1e9;

  private final Bug bug;
  private final LongSupplier nanoTime;
  private final PrintStream out;
  private final long began;
  private final List<Long> failed = new ArrayList<>();
  private long done;
  private long ticks;
  private long operations;
  private long undecided;
  private double toldAt;

  /// What ends a soak.
  ///
  /// @param seeds how many runs at most
  /// @param seconds how long at most
  record Limits(long seeds, long seconds) {}

  Soak(Bug bug, LongSupplier nanoTime, PrintStream out) {
    this.bug = bug;
    this.nanoTime = nanoTime;
    this.out = out;
    this.began = nanoTime.getAsLong();
  }

  /// Returns whether nothing was violated.
  boolean run(long firstSeed, Limits limits) {
    for (long seed = firstSeed;
        done < limits.seeds()
            && elapsedSeconds() < limits.seconds()
            && failed.size() < MAX_VIOLATIONS;
        seed++) {
      runOne(seed);
      done++;
      if (elapsedSeconds() - toldAt >= PROGRESS_SECONDS) {
        toldAt = elapsedSeconds();
        out.println(progress());
      }
    }
    out.println(progress());
    for (long seed : failed) {
      out.printf("seed %d fails; ./kvorum sim --seed %d replays it%n", seed, seed);
    }
    return failed.isEmpty();
  }

  private void runOne(long seed) {
    try {
      Simulation.Summary seen = Simulation.run(seed, bug);
      ticks += seen.ticks();
      operations += seen.operations();
      undecided += seen.undecided();
    } catch (Violated violated) {
      failed.add(seed);
      out.printf("seed %d: %s%n", seed, violated.getMessage());
    }
  }

  private double elapsedSeconds() {
    return (nanoTime.getAsLong() - began) / NANOS_PER_SECOND;
  }

  private String progress() {
    double seconds = Math.max(elapsedSeconds(), 1e-3);
    return String.format(
        Locale.ROOT,
        "%d seeds in %.0f s (%.1f a second), %.0f simulated seconds a second, %d operations judged, %d histories undecided, %d violations",
        done,
        seconds,
        done / seconds,
        ticks / TICKS_PER_SECOND / seconds,
        operations,
        undecided,
        failed.size());
  }
}
