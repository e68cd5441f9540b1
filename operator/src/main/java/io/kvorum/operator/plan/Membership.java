package io.kvorum.operator.plan;

import io.kvorum.operator.plan.Latches.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Who belongs to the cluster. Called only with a known list and a quorum of well voters.
final class Membership {

  /// A learner blocks every other change of its kind; one that did not even start by then never
  /// will.
  static final Duration LEARNER_START_LIMIT = Duration.ofMinutes(10);

  private Membership() {}

  /// More voters than wanted: one of them goes, the worst first.
  static Optional<Step> removeSurplus(Situation s) {
    List<Seat> own = s.ownVoters();
    if (own.size() <= s.desired().replicas()) {
      return Optional.empty();
    }
    Seat victim = victim(s, own);
    String reason =
        "%d members and %d wanted".formatted(own.size(), s.desired().replicas())
            + (victim.well() ? "" : "; " + s.verdict(victim).why());
    return Optional.of(remove(s, Kind.REMOVE_MEMBER, victim, reason));
  }

  /// One that is not well before one that is, any before the leader, the newest before older ones;
  /// one whose removal is under way before all of its kind.
  private static Seat victim(Situation s, List<Seat> own) {
    return own.stream()
        .min(
            Comparator.comparing(Seat::well)
                .thenComparing(s::leads)
                .thenComparing(seat -> !s.operationIs(Kind.REMOVE_MEMBER, seat.name()))
                .thenComparing(Comparator.comparingInt(Situation::serial).reversed()))
        .orElseThrow();
  }

  private static Step remove(Situation s, Kind kind, Seat victim, String reason) {
    if (!s.mayLose(victim)) {
      return new Step.Wait(
          "without %s no quorum of the voters would be well".formatted(victim.name()));
    }
    if (s.leads(victim)) {
      return s.within(kind, victim.name(), reason, moveLeader(s, victim, reason));
    }
    return s.within(
        kind,
        victim.name(),
        reason,
        new Step.RemoveMember(victim.name(), victim.listed().id(), reason));
  }

  static Step moveLeader(Situation s, Seat leader, String reason) {
    return s.successorOf(leader)
        .<Step>map(to ->
            new Step.MoveLeader(
                leader.listed().id(), to.listed().id(), leader.name() + " leads: " + reason))
        .orElseGet(() -> new Step.Wait("nobody can take the lead from " + leader.name()));
  }

  /// A voter that will not come back makes room for a new member.
  static Optional<Step> replaceFailed(Situation s) {
    for (Seat seat : s.ownVoters()) {
      if (!seat.well() && due(s, seat)) {
        return Optional.of(replace(s, seat, s.verdict(seat).why()));
      }
    }
    return Optional.empty();
  }

  private static boolean due(Situation s, Seat seat) {
    if (!s.desired().failurePolicy().replaceAutomatically()) {
      return false;
    }
    return switch (s.verdict(seat)) {
      case Verdict.Recovering _ -> false;
      case Verdict.NeverReplaced _ -> false;
      case Verdict.DataGone _ -> true;
      case Verdict.Failed _ -> waitedLongEnough(s, seat);
    };
  }

  private static boolean waitedLongEnough(Situation s, Seat seat) {
    Instant now = s.observed().now();
    Instant since = seat.member() == null ? null : seat.member().record().suspectSince();
    Latches.Replacement latest = s.latches().lastReplacement();
    var policy = s.desired().failurePolicy();
    boolean underWay = s.operationIs(Kind.REPLACE_MEMBER, seat.name());
    boolean rested =
        latest == null || !now.isBefore(latest.at().plus(policy.minTimeBetweenReplacements()));
    return since != null
        && !now.isBefore(since.plus(policy.replaceAfter()))
        && (underWay || rested);
  }

  private static Step replace(Situation s, Seat failed, String why) {
    if (s.mayLose(failed) && !s.operationIs(Kind.REPLACE_MEMBER, failed.name())) {
      Instant now = s.observed().now();
      return new Step.SaveLatches(
          s.latches()
              .replacing(new Latches.Replacement(failed.name(), now, why))
              .begin(Kind.REPLACE_MEMBER, failed.name(), now, why),
          "ReplaceMember begins with " + failed.name() + ": " + why);
    }
    return remove(s, Kind.REPLACE_MEMBER, failed, why);
  }

  /// A learner is promoted as soon as the store agrees, or taken away when it is of no use.
  static Optional<Step> bringLearnerIn(Situation s) {
    for (Seat learner : s.learners()) {
      return Optional.of(
          learner.member() == null
              ? new Step.Wait("learner " + learner.name() + " was added by somebody else")
              : bringIn(s, learner, learner.member()));
    }
    return Optional.empty();
  }

  private static Step bringIn(Situation s, Seat seat, Member learner) {
    String useless = whyUseless(s, seat, learner);
    if (!useless.isEmpty()) {
      return s.within(
          Kind.REMOVE_MEMBER,
          learner.name(),
          useless,
          new Step.RemoveMember(learner.name(), seat.listed().id(), useless));
    }
    if (!seat.well()) {
      return new Step.Wait(
          s.verdict(seat) instanceof Verdict.Recovering
              ? learner.name() + " starts as a learner"
              : "learner %s is not well: %s".formatted(learner.name(), s.verdict(seat).why()));
    }
    int votersAfter = s.voters().size() + 1;
    if (s.wellVoters() + 1 < Situation.quorum(votersAfter)) {
      return new Step.Wait("with " + learner.name() + " no quorum of the voters would be well");
    }
    return joining(
        s,
        learner.name(),
        "it follows the leader",
        new Step.Promote(learner.name(), seat.listed().id(), "it follows the leader"));
  }

  private static String whyUseless(Situation s, Seat seat, Member learner) {
    if (s.ownVoters().size() >= s.desired().replicas()) {
      return "it is not needed any more";
    }
    if (seat.well()) {
      return "";
    }
    if (s.diagnosis().of(learner) instanceof Verdict.DataGone(String why)) {
      return why;
    }
    Instant limit = learner.createdAt().plus(LEARNER_START_LIMIT);
    boolean late = !learner.answers() && !s.observed().now().isBefore(limit);
    return late ? "it did not start in " + LEARNER_START_LIMIT.toMinutes() + " minutes" : "";
  }

  /// Runs within the operation that brings the member in, be it for growth or for a replacement.
  private static Step joining(Situation s, String name, String reason, Step step) {
    boolean underWay =
        s.operationIs(Kind.ADD_MEMBER, name) || s.operationIs(Kind.REPLACE_MEMBER, name);
    return underWay ? step : s.begin(Kind.ADD_MEMBER, name, reason);
  }

  /// Nothing new is begun while a voter is not well, for whatever reason.
  static Optional<Step> settle(Situation s) {
    return s.voters().stream()
        .filter(seat -> !seat.well())
        .filter(seat -> !s.operationIs(Kind.UPDATE_MEMBER, seat.name()))
        .findFirst()
        .map(seat -> new Step.Wait(seat.name() + " is not well: " + s.verdict(seat).why()));
  }

  /// Fewer members than wanted: one is announced, first here, then to the store.
  static Optional<Step> add(Situation s) {
    if (s.ownVoters().size() >= s.desired().replicas()) {
      return Optional.empty();
    }
    if (s.wellVoters() < s.voters().size()) {
      return Optional.of(new Step.Wait("a member is added only while every voter is well"));
    }
    return Optional.of(
        s.operation()
            .filter(o -> o.kind() == Kind.ADD_MEMBER || o.kind() == Kind.REPLACE_MEMBER)
            .filter(o -> isNew(s, o.target()))
            .map(o -> announce(s, o.target()))
            .orElseGet(() -> beginToAdd(s)));
  }

  /// A target that never was a member: the newest serial, without record or with one that has no
  /// ID.
  private static boolean isNew(Situation s, String target) {
    boolean newest = s.naming().serial(target).orElse(0) == s.latches().lastSerial();
    return newest
        && s.observed().members().stream()
            .filter(m -> m.name().equals(target))
            .allMatch(m -> m.record().memberId() == null)
        && !wasReplaced(s, target);
  }

  private static boolean wasReplaced(Situation s, String name) {
    Latches.Replacement latest = s.latches().lastReplacement();
    return latest != null && latest.member().equals(name);
  }

  private static Step announce(Situation s, String name) {
    String url = s.naming().peerUrl(name, s.schemeInUse());
    String reason =
        "%d members and %d wanted".formatted(s.ownVoters().size(), s.desired().replicas());
    return s.observed().members().stream().anyMatch(m -> m.name().equals(name))
        ? new Step.AddLearner(name, url, reason)
        : new Step.CreateRecord(name, s.naming().serial(name).orElseThrow(), false, url, reason);
  }

  private static Step beginToAdd(Situation s) {
    int serial = s.nextSerial();
    String name = s.naming().member(serial);
    boolean replacement = s.operation().filter(o -> o.kind() == Kind.REPLACE_MEMBER).isPresent();
    String reason =
        s.operation()
            .filter(_ -> replacement)
            .map(o -> "takes the place of " + o.target())
            .orElse(
                "%d members and %d wanted".formatted(s.ownVoters().size(), s.desired().replicas()));
    Kind kind = replacement ? Kind.REPLACE_MEMBER : Kind.ADD_MEMBER;
    return new Step.SaveLatches(
        s.latches().allocate(serial).begin(kind, name, s.observed().now(), reason),
        kind.text() + " begins with " + name + ": " + reason);
  }
}
