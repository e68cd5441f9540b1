package io.kvorum.operator.plan;

import io.kvorum.operator.plan.Latches.Kind;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Brings running members to the wanted template and the wanted scheme of their peer URL: one at a
/// time, the leader last, each well again before the next.
final class Updates {

  private Updates() {}

  static Optional<Step> renew(Situation s) {
    List<Seat> behind =
        s.ownVoters().stream().filter(seat -> outdated(s, seat) || otherScheme(s, seat)).toList();
    boolean renewsOne = s.operation().filter(o -> o.kind() == Kind.UPDATE_MEMBER).isPresent();
    if (behind.isEmpty() || waitsForOther(s, behind, renewsOne)) {
      return renewsOne ? settled(s) : Optional.empty();
    }
    return Optional.of(renew(s, chosen(s, behind)));
  }

  /// The member whose renewal is under way is well again before another one's begins.
  private static boolean waitsForOther(Situation s, List<Seat> behind, boolean renewsOne) {
    return renewsOne
        && s.voters().stream()
            .anyMatch(seat -> !seat.well() && behind.stream().noneMatch(seat::equals));
  }

  private static Optional<Step> settled(Situation s) {
    return s.voters().stream()
        .filter(seat -> !seat.well())
        .findFirst()
        .map(seat -> new Step.Wait(seat.name() + " starts with its new template"));
  }

  private static boolean outdated(Situation s, Seat seat) {
    return seat.member() != null
        && seat.member().pod() instanceof PodState.Present pod
        && s.outdated(seat.member(), pod);
  }

  private static boolean otherScheme(Situation s, Seat seat) {
    return Scheme.of(seat.listed().peerUrl()) != s.desired().peerScheme();
  }

  /// A renewal that is half done is completed first; files come to every member before the scheme
  /// of any changes, since each must trust the others by then; the leader is last.
  private static Seat chosen(Situation s, List<Seat> behind) {
    return behind.stream()
        .min(
            Comparator.comparing((Seat seat) -> seat.well())
                .thenComparing(seat -> !outdated(s, seat))
                .thenComparing(seat -> !s.operationIs(Kind.UPDATE_MEMBER, seat.name()))
                .thenComparing(s::leads)
                .thenComparing(Comparator.comparingInt(Situation::serial).reversed()))
        .orElseThrow();
  }

  private static Step renew(Situation s, Seat seat) {
    String reason = outdated(s, seat) ? "its template has changed" : "its peer URL changes scheme";
    if (s.voters().size() > 2 && !restable(s, seat)) {
      return new Step.Wait("without " + seat.name() + " no quorum of the voters would be well");
    }
    boolean canHandOver = s.leads(seat) && s.voters().size() > 1;
    Step step = canHandOver ? Membership.moveLeader(s, seat, reason) : change(s, seat, reason);
    return s.within(Kind.UPDATE_MEMBER, seat.name(), reason, step);
  }

  private static boolean restable(Situation s, Seat seat) {
    int wellWithout = s.wellVoters() - (seat.well() ? 1 : 0);
    return wellWithout >= Situation.quorum(s.voters().size());
  }

  private static Step change(Situation s, Seat seat, String reason) {
    if (seat.member() != null
        && outdated(s, seat)
        && seat.member().pod() instanceof PodState.Present pod) {
      return pod.terminating()
          ? new Step.Wait(seat.name() + " ends to start with its new template")
          : new Step.DeletePod(seat.name(), pod.uid(), reason);
    }
    return new Step.UpdatePeerUrl(
        seat.name(),
        seat.listed().id(),
        s.naming().peerUrl(seat.name(), s.desired().peerScheme()),
        reason);
  }
}
