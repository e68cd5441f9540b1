package io.kvorum.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Worlds made of a seed: the planner converges in each, and each planted bug is found in some.
final class PlannerWorldsTest {

  private static final int SEEDS = 1_000;
  private static final int SEEDS_FOR_A_BUG = 600;

  @Test
  void converges() {
    Seeds.forEach(SEEDS, random -> new FaultyWorld(random, Planner::next).run());
  }

  @TestFactory
  Stream<DynamicTest> plantedBugsAreFound() {
    return Stream.of(
            new Bug(
                "a failed read of the list is an empty list", PlannerWorldsTest::emptyForUnknown),
            new Bug("every member is believed to be well", PlannerWorldsTest::blindOptimist),
            new Bug("the cluster is never known to be formed", PlannerWorldsTest::forgetful),
            new Bug("a member is added without a record", PlannerWorldsTest::noRecord),
            new Bug("learners are promoted by removing one", PlannerWorldsTest::removesWell),
            new Bug("the serial is not remembered", PlannerWorldsTest::sameSerial),
            new Bug("a silent voter is never replaced", PlannerWorldsTest::neverReplaces))
        .map(bug -> DynamicTest.dynamicTest(bug.name(), () -> assertFound(bug)));
  }

  private record Bug(String name, BiFunction<Desired, Observed, Step> planner) {}

  private static void assertFound(Bug bug) {
    for (int seed = 1; seed <= SEEDS_FOR_A_BUG; seed++) {
      try {
        new FaultyWorld(new SplittableRandom(seed), bug.planner()).run();
      } catch (AssertionError | RuntimeException found) {
        assertThat(found).isNotNull();
        return;
      }
    }
    fail("%d seeds did not find it", SEEDS_FOR_A_BUG);
  }

  private static Step emptyForUnknown(Desired desired, Observed o) {
    Reading<List<Listed>> list =
        o.membership() instanceof Reading.Known<List<Listed>> known
            ? known
            : new Reading.Known<>(List.of());
    return Planner.next(desired, with(o, o.members(), o.latches(), list));
  }

  private static Step blindOptimist(Desired desired, Observed o) {
    var well = new ArrayList<Member>();
    for (Member m : o.members()) {
      String id = m.record().memberId();
      Health up =
          id == null
              ? m.health()
              : new Health.Up(id, id, m.record().phase() == MemberRecord.Phase.LEARNER);
      well.add(with(m, up));
    }
    return Planner.next(desired, with(o, well, o.latches(), o.membership()));
  }

  private static Step forgetful(Desired desired, Observed o) {
    Latches l = o.latches();
    var forgot = new Latches(false, null, l.lastSerial(), l.operation(), null, 0);
    var noIds = new ArrayList<Member>();
    for (Member m : o.members()) {
      noIds.add(
          new Member(
              m.name(),
              m.serial(),
              m.seed(),
              m.createdAt(),
              MemberRecord.announced(m.record().peerUrl()),
              m.pod(),
              m.volume(),
              m.health()));
    }
    Observed.Supports there = o.supports();
    var supports =
        new Observed.Supports(
            there.peerService(),
            there.clientService(),
            there.disruptionBudget(),
            there.bootstrapState() == Observed.BootstrapState.EXISTING
                ? Observed.BootstrapState.ABSENT
                : there.bootstrapState());
    return Planner.next(
        desired,
        new Observed(
            o.now(),
            forgot,
            supports,
            noIds,
            new Reading.Unknown<>("forgotten"),
            o.clusterId(),
            o.leftovers()));
  }

  private static Step noRecord(Desired desired, Observed o) {
    Step step = Planner.next(desired, o);
    return step instanceof Step.CreateRecord c && !c.seed()
        ? new Step.AddLearner(c.member(), c.peerUrl(), c.reason())
        : step;
  }

  private static Step removesWell(Desired desired, Observed o) {
    Step step = Planner.next(desired, o);
    return step instanceof Step.Wait && o.membership() instanceof Reading.Known<List<Listed>>(var l)
        ? l.stream()
            .filter(x -> x.health() instanceof Health.Silent)
            .findFirst()
            .<Step>map(x -> new Step.RemoveMember(x.name(), x.id(), "hasty"))
            .orElse(step)
        : step;
  }

  private static Step sameSerial(Desired desired, Observed o) {
    Latches l = o.latches();
    int highest = o.members().stream().mapToInt(Member::serial).max().orElse(0);
    var low =
        new Latches(
            l.bootstrapped(),
            l.clusterId(),
            Math.min(highest, l.lastSerial()),
            l.operation(),
            l.lastReplacement(),
            l.lastOperationId());
    return Planner.next(desired, with(o, o.members(), low, o.membership()));
  }

  private static Step neverReplaces(Desired desired, Observed o) {
    Step step = Planner.next(desired, o);
    return step instanceof Step.SaveLatches(Latches next, var _)
            && next.operation() != null
            && next.operation().kind() == Latches.Kind.REPLACE_MEMBER
        ? new Step.Wait("never")
        : step;
  }

  private static Member with(Member m, Health health) {
    return new Member(
        m.name(), m.serial(), m.seed(), m.createdAt(), m.record(), m.pod(), m.volume(), health);
  }

  private static Observed with(
      Observed o, List<Member> members, Latches latches, Reading<List<Listed>> list) {
    return new Observed(
        o.now(), latches, o.supports(), members, list, o.clusterId(), o.leftovers());
  }
}
