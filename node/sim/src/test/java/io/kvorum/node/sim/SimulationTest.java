package io.kvorum.node.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Seeds;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Many runs, each from its seed; `-Dseeds=N` runs more.
class SimulationTest {
  private static final int DEFAULT_SEEDS = 150;

  /// How long fresh seeds are tried; `./kvorum sim --seconds N` searches longer.
  private static final int FRESH_SECONDS = 3;

  /// Runs that have shown a flaw once, in the core or in the simulation.
  private static final long[] REGRESSIONS = {
    // A leader with a learner read alone what the learner had already acknowledged more of.
    852_983_639_462L,
    // A leader whose last fellow was just removed read alone what that one had acknowledged more
    // of.
    747_799_168_512L,
    // An answer to a membership change showed members without what they had published just before.
    43,
    50,
    75,
    // The end was judged while a member still applied what others had applied since.
    196_714_308_808L,
    // Everything was demanded of a learner that was added after all others had caught up.
    747_799_154_061L,
    747_799_156_867L,
    // A read was demanded of a member that came up to find its log damaged.
    998_591_535_316L,
    998_591_536_208L,
    998_591_536_815L,
    // A write was demanded of a cluster whose only member has lost its log.
    928_873_729_439L,
    // The same, while one that does not know of its removal still counted others.
    765_097_572_387L,
    765_097_607_602L,
    // A refusal that was doubled on its way made a member forward a command a second time.
    765_097_599_678L
  };

  /// The same, of plans with leases.
  private static final long[] REGRESSIONS_WITH_LEASES = {
    // The disk failed when a recycled segment's new name was to be durable, and again when the next
    // process had written the header of another into it: the old name came back.
    549_592_685_312L,
    // What was committed in term 4 was demanded of a leader that won term 3 late, as its entry was
    // from term 2.
    549_592_710_785L
  };

  @Test
  void seedsThatFoundSomething_passNow() {
    for (long seed : REGRESSIONS) {
      Simulation.run(Plan.withoutLeases(seed), Bug.NONE);
    }
    for (long seed : REGRESSIONS_WITH_LEASES) {
      Simulation.run(seed, Bug.NONE);
    }
  }

  /// A new leader ended leases by what it had applied when it was elected, not by what its
  /// predecessor had told their holders.
  @Test
  void leases_ofHoldersThatRenewed_liveOnWithNewLeaders() {
    Simulation.run(243, Bug.NONE);
    // The new leader took up its predecessor's word when it had begun to count down.
    Simulation.run(1_087_293_097_981L, Bug.NONE);
  }

  @Test
  void cluster_isSafeUnderFaultsAndLiveAfterThem() {
    Seeds.forEachSeed(DEFAULT_SEEDS, (seed, _) -> Simulation.run(seed, Bug.NONE));
  }

  @Test
  void freshSeeds_violateNothing() {
    long first = new SplittableRandom().nextLong(1L << 40);
    var soak = new Soak(Bug.NONE, System::nanoTime, System.out);
    assertThat(soak.run(first, new Soak.Limits(Long.MAX_VALUE, FRESH_SECONDS)))
        .as("the lines above name the seeds that fail")
        .isTrue();
  }

  /// A simulation in which nothing happens finds nothing.
  @Test
  void runs_seeElectionsWritesReadsAndEvents() {
    long terms = 0;
    long acknowledged = 0;
    long operations = 0;
    long delivered = 0;
    int undecided = 0;
    int renewals = 0;
    int expiries = 0;
    for (int seed = 1; seed <= 50; seed++) {
      Simulation.Summary seen = Simulation.run(seed, Bug.NONE);
      terms += seen.terms();
      acknowledged += seen.acknowledged();
      operations += seen.operations();
      delivered += seen.delivered();
      undecided += seen.undecided();
      renewals += seen.renewals();
      expiries += seen.expiries();
    }
    assertThat(terms).isGreaterThan(100);
    assertThat(acknowledged).isGreaterThan(1_000);
    assertThat(operations).isGreaterThan(2_000);
    assertThat(delivered).isGreaterThan(1_000);
    assertThat(undecided).isLessThan(5);
    assertThat(renewals).isGreaterThan(100);
    assertThat(expiries).isGreaterThan(30);
  }

  /// The same seed is the same run, and the same failure with the same timeline: else it could not
  /// be replayed.
  @Test
  void seed_determinesTheRun() {
    for (int seed = 1; seed <= 10; seed++) {
      assertThat(Simulation.run(seed, Bug.NONE)).isEqualTo(Simulation.run(seed, Bug.NONE));
    }
    assertThat(failure(2, Bug.ACKNOWLEDGES_UNCOMMITTED).getMessage())
        .isEqualTo(failure(2, Bug.ACKNOWLEDGES_UNCOMMITTED).getMessage());
  }

  @Test
  void failure_isShrunkToTheStepsThatMatter() {
    Violated shrunk = failure(1, Bug.READS_BEFORE_APPLIED);
    assertThat(shrunk.property()).isEqualTo("linearizability");
    assertThat(shrunk.plan().steps()).hasSizeLessThan(10);
    assertThat(Plan.of(1).steps()).hasSizeGreaterThan(50);
  }

  private static Violated failure(long seed, Bug bug) {
    try {
      Simulation.run(seed, bug);
    } catch (Violated violated) {
      return violated;
    }
    throw new AssertionError("seed " + seed + " does not find " + bug);
  }

  @Test
  void flappingLinks_unseatNoLeaderThatAMajorityHears() {
    Seeds.forEachSeed(50, (seed, _) -> Simulation.runFlapping(seed));
  }

  /// Of these seeds: where votes split, which no rule excludes, it takes another election.
  @Test
  void deadLeader_isReplacedFarBelowAnElectionTimeout() {
    for (long seed = 1; seed <= 50; seed++) {
      Simulation.runLeaderDeath(seed, new SplittableRandom(seed).nextInt(3, 6), 7);
    }
  }
}
