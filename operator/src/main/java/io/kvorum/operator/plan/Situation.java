package io.kvorum.operator.plan;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Desired and observed, joined: who sits in the store's list, who is well, who leads.
final class Situation {

  private final Desired desired;
  private final Observed observed;
  private final List<Seat> seats;
  private final boolean listKnown;

  Situation(Desired desired, Observed observed) {
    this.desired = desired;
    this.observed = observed;
    switch (observed.membership()) {
      case Reading.Known<List<Listed>>(List<Listed> list) -> {
        listKnown = true;
        seats = list.stream().map(this::seat).toList();
      }
      case Reading.Unknown<List<Listed>> _ -> {
        listKnown = false;
        seats = List.of();
      }
    }
  }

  private Seat seat(Listed listed) {
    return new Seat(
        listed,
        observed.members().stream().filter(m -> isEntryOf(m, listed)).findFirst().orElse(null));
  }

  private boolean isEntryOf(Member member, Listed listed) {
    String id = member.record().memberId();
    return id == null
        ? naming().isPeerUrlOf(member.name(), listed.peerUrl())
        : id.equals(listed.id());
  }

  Desired desired() {
    return desired;
  }

  Observed observed() {
    return observed;
  }

  Naming naming() {
    return desired.naming();
  }

  boolean listKnown() {
    return listKnown;
  }

  List<Seat> seats() {
    return seats;
  }

  @Nullable Seat seatOf(Member member) {
    return seats.stream()
        .filter(seat -> seat.member() != null && seat.member().name().equals(member.name()))
        .findFirst()
        .orElse(null);
  }

  List<Seat> voters() {
    return seats.stream().filter(seat -> !seat.listed().learner()).toList();
  }

  List<Seat> learners() {
    return seats.stream().filter(seat -> seat.listed().learner()).toList();
  }

  /// The voters this operator has records of: those `replicas` speaks of.
  List<Seat> ownVoters() {
    return voters().stream().filter(seat -> seat.member() != null).toList();
  }

  int wellVoters() {
    return (int) voters().stream().filter(Seat::well).count();
  }

  boolean quorumIsWell() {
    return wellVoters() >= quorum(voters().size());
  }

  static int quorum(int voters) {
    return voters / 2 + 1;
  }

  /// Whether a quorum of those who stay is well once the voter is gone.
  boolean mayLose(Seat voter) {
    int wellWithout = wellVoters() - (voter.well() ? 1 : 0);
    return quorumIsWell() && wellWithout >= quorum(voters().size() - 1);
  }

  /// The voter that leads, as the first voter that is well says.
  Optional<Seat> leader() {
    return voters().stream()
        .filter(Seat::well)
        .map(seat -> ((Health.Up) seat.health()).leaderId())
        .findFirst()
        .flatMap(id -> voters().stream().filter(seat -> seat.listed().id().equals(id)).findFirst());
  }

  boolean leads(Seat seat) {
    return leader().filter(seat::equals).isPresent();
  }

  /// Who takes over when the leader has to rest: the voter that is well and newest.
  Optional<Seat> successorOf(Seat leader) {
    return voters().stream()
        .filter(seat -> seat.well() && !seat.equals(leader))
        .max(Comparator.comparingInt(Situation::serial).thenComparing(seat -> seat.listed().id()));
  }

  static int serial(Seat seat) {
    return seat.member() == null ? 0 : seat.member().serial();
  }

  Diagnosis diagnosis() {
    return new Diagnosis(
        desired,
        observed.members().stream()
            .filter(Diagnosis::isProof)
            .map(Diagnosis::template)
            .distinct()
            .toList());
  }

  /// What is said of a voter that is not well.
  Verdict verdict(Seat seat) {
    return seat.member() == null
        ? new Verdict.NeverReplaced("it was not added by the operator and does not answer")
        : diagnosis().of(seat.member());
  }

  /// The scheme of the peer URLs in use; a new member starts with it.
  Scheme schemeInUse() {
    return voters().stream()
        .map(seat -> Scheme.of(seat.listed().peerUrl()))
        .findFirst()
        .orElse(desired.peerScheme());
  }

  /// The scheme of a member's own peer URL.
  Scheme schemeOf(Member member) {
    Seat seat = seatOf(member);
    return Scheme.of(seat == null ? member.record().peerUrl() : seat.listed().peerUrl());
  }

  /// Whether the member's Pod is one of an earlier template.
  boolean outdated(Member member, PodState.Present pod) {
    return !pod.template().equals(desired.templates().of(schemeOf(member)));
  }

  Latches latches() {
    return observed.latches();
  }

  /// Whether the ConfigMap says that a cluster was formed of what is there, whatever became of the
  /// status: only a formed cluster's ever says so.
  boolean wasFormedBefore() {
    boolean anythingIsLeft =
        !observed.members().isEmpty()
            || !observed.leftovers().volumes().isEmpty()
            || !observed.leftovers().pods().isEmpty();
    return anythingIsLeft
        && observed.supports().bootstrapState() == Observed.BootstrapState.EXISTING;
  }

  Optional<Latches.Operation> operation() {
    return Optional.ofNullable(latches().operation());
  }

  boolean operationIs(Latches.Kind kind, String target) {
    return operation().filter(o -> o.kind() == kind && o.target().equals(target)).isPresent();
  }

  /// The step itself if its operation is under way, else the step that begins the operation.
  Step within(Latches.Kind kind, String target, String reason, Step step) {
    return operationIs(kind, target) ? step : begin(kind, target, reason);
  }

  Step begin(Latches.Kind kind, String target, String reason) {
    return new Step.SaveLatches(
        latches().begin(kind, target, observed.now(), reason), kind.text() + " begins: " + reason);
  }

  /// The serial after all that were ever given, wherever one may still be written.
  int nextSerial() {
    int highest = Math.max(latches().lastSerial(), observed.leftovers().highestSerial());
    for (Member member : observed.members()) {
      highest = Math.max(highest, member.serial());
    }
    for (Seat seat : seats) {
      highest = Math.max(highest, naming().serialOfPeerUrl(seat.listed().peerUrl()).orElse(0));
    }
    for (Observed.Stray stray : observed.leftovers().pods()) {
      highest = Math.max(highest, naming().serial(stray.name()).orElse(0));
    }
    return highest + 1;
  }
}
