package io.kvorum.node.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// All that will be done to the world of one run; what follows from it is a function of the seed
/// and this.
record Plan(long seed, Climate climate, List<Step> steps) {
  /// Enough for contention on each, and for histories that are quick to judge.
  static final int KEYS = 3;

  static final int WATCHERS = 2;
  private static final int TICK = Simulation.TICK;

  Plan {
    steps = List.copyOf(steps);
  }

  static Plan of(long seed) {
    Plan plan = withoutLeases(seed);
    RandomGenerator random = new Randomness(seed).stream(Randomness.Purpose.LEASES, 0);
    return random.nextBoolean() ? plan.withLeases(random) : plan;
  }

  /// The plan of a seed in which nobody holds a lease that is judged.
  static Plan withoutLeases(long seed) {
    RandomGenerator random = new Randomness(seed).stream(Randomness.Purpose.PLAN, 0);
    Climate climate = Climate.draw(random);
    List<Step> steps = new Drawing(random, climate).steps();
    maybeAddBitFlip(steps, climate, new Randomness(seed).stream(Randomness.Purpose.PLAN, 1));
    return new Plan(seed, climate, steps);
  }

  private Plan withLeases(RandomGenerator random) {
    double grants = random.nextDouble(0.02, 0.1);
    double renewals = random.nextDouble(0.1, 1);
    var merged = new ArrayList<Step>();
    int number = steps.size();
    int next = 0;
    for (int tick = 0; tick < climate.ticks(); tick++) {
      while (next < steps.size() && steps.get(next).tick() <= tick) {
        merged.add(steps.get(next++));
      }
      if (random.nextDouble() < grants) {
        int seconds = random.nextInt(4) == 0 ? Leases.LONG_SECONDS : random.nextInt(3, 8);
        merged.add(new Step(number++, tick, new Step.GrantLease(random.nextInt(1 << 10), seconds)));
      }
      if (random.nextDouble() < renewals) {
        merged.add(new Step(number++, tick, new Step.RenewLease(random.nextInt(1 << 10))));
      }
    }
    return new Plan(seed, climate, merged);
  }

  /// At most one, and only where the others can go on without that member.
  private static void maybeAddBitFlip(List<Step> steps, Climate climate, RandomGenerator random) {
    if (climate.members() >= 3 && random.nextInt(3) == 0) {
      int tick = random.nextInt(climate.ticks());
      var flip = new Step.BitFlip(random.nextInt(climate.members()), random.nextInt(1 << 20), TICK);
      int place = 0;
      while (place < steps.size() && steps.get(place).tick() <= tick) {
        place++;
      }
      steps.add(place, new Step(steps.size(), tick, flip));
    }
  }

  Plan with(Climate other, List<Step> fewer) {
    return new Plan(seed, other, fewer);
  }

  /// Draws steps: first how frequent each kind is in this run, then tick by tick.
  private static final class Drawing {
    private final RandomGenerator random;
    private final Climate climate;
    private final List<Step> steps = new ArrayList<>();
    private final double writes;
    private final double reads;
    private final double swaps;
    private final double background;
    private final double moves;
    private final double membership;
    private final double transfer;
    private final double stop;
    private final double kill;
    private final double powerLoss;
    private final double powerLossDuring;
    private final double diskFailure;
    private final double diskFull;
    private final double stall;
    private final double pause;
    private final double partition;
    private final double flap;
    private final double flush;
    private int tick;

    Drawing(RandomGenerator random, Climate climate) {
      this.random = random;
      this.climate = climate;
      writes = random.nextDouble(0.05, 0.8);
      reads = random.nextDouble(0.05, 0.8);
      swaps = random.nextDouble(0.05, 0.5);
      background = Climate.sometimes(random, 0.4);
      moves = random.nextDouble(0.05);
      membership = Climate.sometimes(random, 0.15);
      transfer = Climate.sometimes(random, 0.05);
      stop = Climate.sometimes(random, 0.03);
      kill = Climate.sometimes(random, 0.05);
      powerLoss = Climate.sometimes(random, 0.05);
      powerLossDuring = Climate.sometimes(random, 0.05);
      diskFailure = Climate.sometimes(random, 0.02);
      diskFull = Climate.sometimes(random, 0.02);
      stall = Climate.sometimes(random, 0.03);
      pause = Climate.sometimes(random, 0.04);
      partition = Climate.sometimes(random, 0.05);
      flap = Climate.sometimes(random, 0.2);
      flush = random.nextDouble(0.02, 0.5);
    }

    List<Step> steps() {
      for (tick = 0; tick < climate.ticks(); tick++) {
        drawClients();
        drawOperators();
        drawBadLuck();
      }
      return steps;
    }

    private void maybe(double chance, Supplier<Step.Act> act) {
      if (random.nextDouble() < chance) {
        steps.add(new Step(steps.size(), tick, act.get()));
      }
    }

    private int member() {
      return random.nextInt(1 << 10);
    }

    private int duration(int ticks) {
      return random.nextInt(1, ticks * TICK);
    }

    private void drawClients() {
      maybe(writes, () -> new Step.Put(member(), random.nextInt(KEYS)));
      maybe(swaps, () -> new Step.CompareAndSet(member(), random.nextInt(KEYS)));
      maybe(reads, () -> new Step.Get(member(), random.nextInt(KEYS)));
      maybe(background, this::background);
      maybe(moves, () -> new Step.MoveWatcher(random.nextInt(WATCHERS), member()));
    }

    private Step.Act background() {
      Step.Background.Kind[] kinds = Step.Background.Kind.values();
      return new Step.Background(member(), kinds[random.nextInt(kinds.length)], random.nextInt(8));
    }

    private void drawOperators() {
      maybe(membership, this::membershipChange);
      maybe(transfer, () -> new Step.Transfer(member()));
      maybe(stop, () -> new Step.Stop(member(), duration(30)));
    }

    private Step.Act membershipChange() {
      int kind = random.nextInt(4);
      if (kind == 0) {
        return new Step.AddMember(member(), random.nextInt(4) > 0);
      }
      return kind == 1
          ? new Step.RemoveMember(member(), member())
          : new Step.PromoteLearner(member());
    }

    private void drawBadLuck() {
      maybe(kill, () -> new Step.Kill(member(), duration(60)));
      maybe(powerLoss, () -> new Step.PowerLoss(member(), duration(60)));
      maybe(
          powerLossDuring,
          () -> new Step.PowerLossDuring(member(), random.nextInt(12), duration(60)));
      maybe(diskFailure, () -> new Step.DiskFailure(member(), random.nextInt(12), duration(60)));
      maybe(diskFull, () -> new Step.DiskFull(member(), duration(60)));
      maybe(stall, () -> new Step.DiskStall(member(), duration(40)));
      maybe(pause, () -> new Step.Pause(member(), duration(30)));
      maybe(
          partition,
          () -> new Step.Partition(random.nextInt(1 << 7), random.nextBoolean(), duration(40)));
      maybe(flap, () -> new Step.Flap(member(), member(), duration(1)));
      maybe(flush, () -> new Step.Flush(member()));
    }
  }
}
