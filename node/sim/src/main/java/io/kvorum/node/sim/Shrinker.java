package io.kvorum.node.sim;

import java.util.ArrayList;
import java.util.List;

/// Finds a smaller plan that violates the same property: without the steps that do not matter, and
/// in a better world if that will do.
final class Shrinker {
  /// Runs that may be spent; each takes a few milliseconds.
  private static final int MAX_RUNS = 400;

  private final Bug bug;
  private int runs;

  Shrinker(Bug bug) {
    this.bug = bug;
  }

  /// The same violation with fewer circumstances, as far as that was found.
  Violated shrink(Violated found) {
    Violated smallest = attempt(found, withFairLinks(found.plan()));
    int chunk = Math.max(1, smallest.plan().steps().size() / 2);
    while (runs < MAX_RUNS) {
      Violated before = smallest;
      smallest = withoutChunks(smallest, chunk);
      boolean smaller = smallest.plan().steps().size() < before.plan().steps().size();
      if (chunk == 1 && !smaller) {
        break;
      }
      chunk = Math.max(1, chunk / 2);
    }
    return smallest;
  }

  private static Plan withFairLinks(Plan plan) {
    return plan.with(plan.climate().withFairLinks(), plan.steps());
  }

  private Violated withoutChunks(Violated found, int chunk) {
    Violated smallest = found;
    int from = 0;
    while (from < smallest.plan().steps().size() && runs < MAX_RUNS) {
      List<Step> fewer = new ArrayList<>(smallest.plan().steps());
      fewer.subList(from, Math.min(from + chunk, fewer.size())).clear();
      Violated tried = attempt(smallest, smallest.plan().with(smallest.plan().climate(), fewer));
      if (tried == smallest) {
        from += chunk;
      } else {
        smallest = tried;
      }
    }
    return smallest;
  }

  /// The violation by another plan, or the given one if that plan does not violate the same.
  private Violated attempt(Violated known, Plan plan) {
    runs++;
    try {
      Simulation.run(plan, bug);
      return known;
    } catch (Violated violated) {
      return violated.property().equals(known.property()) ? violated : known;
    }
  }
}
