package io.kvorum.operator.plan;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/// Decides the next step for a cluster.
///
/// The rules stand in the order of their urgency and the first that has something to say wins:
///
/// 1. paused: nothing is touched;
/// 2. the objects around the members are there;
/// 3. what was learned is written down, what has left is cleared away;
/// 4. hibernation; repairs in place, which need no quorum: a missing Pod on an existing volume;
/// 5. the cluster is formed, once in its life;
/// 6. from here on the store's own list is needed, and a quorum of voters that are well: adoption,
///    failed members replaced, members taken away, a learner brought to its promotion, a member
///    added, Pods renewed.
///
/// Every step that changes the membership leaves a quorum of well voters behind, before and after,
/// by this planner's own count; the store checks once more. It is removed before it is added, and
/// added only while every voter is well: both of etcd's rules for reconfiguration accept that.
public final class Planner {

  private static final List<Function<Situation, Optional<Step>>> RULES =
      List.of(
          Planner::paused,
          Planner::supports,
          Records::remember,
          Records::clearAway,
          Repairs::hibernate,
          Repairs::inPlace,
          Bootstrap::form,
          Planner::listAndQuorum,
          Records::adopt,
          Membership::removeSurplus,
          Membership::replaceFailed,
          Membership::bringLearnerIn,
          Membership::settle,
          Membership::add,
          Updates::renew,
          Planner::finish);

  private Planner() {}

  public static Step next(Desired desired, Observed observed) {
    var situation = new Situation(desired, observed);
    for (Function<Situation, Optional<Step>> rule : RULES) {
      Optional<Step> step = rule.apply(situation);
      if (step.isPresent()) {
        return step.get();
      }
    }
    return new Step.Done("as desired");
  }

  private static Optional<Step> paused(Situation s) {
    return s.desired().paused()
        ? Optional.of(new Step.Done("spec.paused is true"))
        : Optional.empty();
  }

  private static Optional<Step> supports(Situation s) {
    Observed.Supports there = s.observed().supports();
    if (!there.peerService()) {
      return support(Step.Support.PEER_SERVICE, 0, "members find each other by it");
    }
    if (!there.clientService()) {
      return support(Step.Support.CLIENT_SERVICE, 0, "clients find members by it");
    }
    boolean formed = s.latches().bootstrapped() || s.wasFormedBefore();
    var wantedState = formed ? Observed.BootstrapState.EXISTING : Observed.BootstrapState.NEW;
    if (there.bootstrapState() != wantedState) {
      return support(
          Step.Support.BOOTSTRAP_STATE,
          formed ? 0 : 1,
          formed ? "the cluster is formed and is never formed again" : "the cluster is not formed");
    }
    return disruptionBudget(s);
  }

  /// A budget smaller than the quorum would let a drain stop the store; one that followed the
  /// voters down while they leave would let it stop half of them.
  private static Optional<Step> disruptionBudget(Situation s) {
    if (!s.listKnown() && s.observed().supports().disruptionBudget().isPresent()) {
      return Optional.empty();
    }
    int wanted = Situation.quorum(Math.max(s.voters().size(), Math.max(1, s.desired().replicas())));
    return s.observed().supports().disruptionBudget().equals(OptionalInt.of(wanted))
        ? Optional.empty()
        : support(Step.Support.DISRUPTION_BUDGET, wanted, "so many voters have to stay in a drain");
  }

  private static Optional<Step> support(Step.Support what, int value, String reason) {
    return Optional.of(new Step.ApplySupport(what, value, reason));
  }

  private static Optional<Step> listAndQuorum(Situation s) {
    if (s.observed().membership() instanceof Reading.Unknown<List<Listed>>(String why)) {
      return Optional.of(new Step.Wait("the member list is unknown: " + why));
    }
    if (!s.quorumIsWell()) {
      return Optional.of(
          new Step.Wait(
              "%d of %d voters are well, and %d are needed for any change"
                  .formatted(
                      s.wellVoters(), s.voters().size(), Situation.quorum(s.voters().size()))));
    }
    return Optional.empty();
  }

  private static Optional<Step> finish(Situation s) {
    return s.operation()
        .map(operation ->
            new Step.SaveLatches(
                s.latches().finished(),
                operation.kind().text() + " " + operation.target() + " is done"));
  }
}
