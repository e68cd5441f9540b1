package io.kvorum.operator.plan;

import io.kvorum.operator.plan.Step.InitialMember;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What is mended without a change of the membership: it needs no quorum, and often restores it.
final class Repairs {

  private Repairs() {}

  /// With `replicas: 0` every Pod goes and every volume stays.
  static Optional<Step> hibernate(Situation s) {
    if (s.desired().replicas() > 0) {
      return Optional.empty();
    }
    if (s.operation().isPresent()) {
      return Optional.of(
          new Step.SaveLatches(s.latches().finished(), "replicas is 0: nothing is begun any more"));
    }
    for (Member member : s.observed().members()) {
      if (member.pod() instanceof PodState.Present pod && !pod.terminating()) {
        return Optional.of(
            new Step.DeletePod(member.name(), pod.uid(), "replicas is 0; its volume stays"));
      }
    }
    return Optional.of(new Step.Done("replicas is 0"));
  }

  /// The first member that is mended by a Pod or a volume.
  static Optional<Step> inPlace(Situation s) {
    for (Member member : s.observed().members()) {
      Optional<Step> step = belongs(s, member) ? mend(s, member) : Optional.empty();
      if (step.isPresent()) {
        return step;
      }
    }
    return Optional.empty();
  }

  /// The first member of a formed cluster belongs to it before its ID is written down.
  private static boolean belongs(Situation s, Member member) {
    boolean announced =
        member.record().memberId() != null || (member.seed() && s.latches().bootstrapped());
    return announced && member.record().phase() != MemberRecord.Phase.GONE;
  }

  private static Optional<Step> mend(Situation s, Member member) {
    Optional<Step> volume = mendVolume(s, member);
    return volume.isPresent() ? volume : mendPod(s, member);
  }

  /// Growth comes before any question of health: a full volume is what makes members ill.
  private static Optional<Step> mendVolume(Situation s, Member member) {
    return switch (member.volume()) {
      case Reading.Unknown<VolumeState> _ -> Optional.empty();
      case Reading.Known<VolumeState>(VolumeState.Absent()) ->
          member.record().volumeUid() == null && !hasVoted(member)
              ? Optional.of(new Step.CreateVolume(member.name(), "its data needs a place"))
              : Optional.empty();
      case Reading.Known<VolumeState>(VolumeState.Present volume) ->
          volume.bytes() < s.desired().volumeBytes() && !volume.terminating()
              ? Optional.of(
                  new Step.GrowVolume(
                      member.name(), s.desired().volumeBytes(), "spec.storage.size has grown"))
              : Optional.empty();
    };
  }

  /// A voter had a volume: an empty one in its place would make it forget its votes.
  private static boolean hasVoted(Member member) {
    return member.record().phase() == MemberRecord.Phase.VOTER
        || member.record().phase() == MemberRecord.Phase.SUSPECT;
  }

  private static Optional<Step> mendPod(Situation s, Member member) {
    return switch (member.pod()) {
      case PodState.Absent() ->
          dataIsThere(member)
              ? Optional.of(createPod(s, member, Step.StartsAs.EXISTING, "it has no Pod"))
              : Optional.empty();
      case PodState.Present pod -> mendPod(s, member, pod);
    };
  }

  private static Optional<Step> mendPod(Situation s, Member member, PodState.Present pod) {
    if (pod.terminating()) {
      return Optional.empty();
    }
    if (pod.life() == PodState.Life.FINISHED) {
      return delete(member, pod, "it has ended for good and is made anew");
    }
    boolean down = !member.answers() && !pod.ready();
    if (down && s.outdated(member, pod)) {
      return delete(member, pod, "it does not run, and there is a newer template to try");
    }
    Seat seat = s.seatOf(member);
    if (down && seat != null && cannotJoin(s, seat, pod)) {
      return delete(member, pod, "it was told of other members than the store has by now");
    }
    if (seat != null && !seat.listed().learner() && pod.role() == PodState.Role.LEARNER) {
      return Optional.of(
          new Step.LabelPod(
              member.name(), pod.uid(), PodState.Role.VOTER, "it votes: clients may find it"));
    }
    return Optional.empty();
  }

  /// Who joins must name exactly the members that are there; who once joined is not asked again.
  private static boolean cannotJoin(Situation s, Seat seat, PodState.Present pod) {
    Set<String> listed =
        s.seats().stream().map(other -> other.listed().peerUrl()).collect(Collectors.toSet());
    return seat.listed().name().isEmpty() && !pod.initialPeerUrls().equals(listed);
  }

  private static Optional<Step> delete(Member member, PodState.Present pod, String reason) {
    return Optional.of(new Step.DeletePod(member.name(), pod.uid(), reason));
  }

  /// Whether the volume the member is known by is there for a Pod.
  static boolean dataIsThere(Member member) {
    return member.volume() instanceof Reading.Known<VolumeState>(VolumeState.Present volume)
        && !volume.terminating()
        && !volume.lost()
        && volume.uid().equals(member.record().volumeUid());
  }

  /// The list it starts with is rendered anew for every Pod: an old one names members that left.
  static Step createPod(Situation s, Member member, Step.StartsAs startsAs, String reason) {
    Seat seat = s.seatOf(member);
    boolean learner =
        seat == null
            ? member.record().phase() == MemberRecord.Phase.LEARNER
            : seat.listed().learner();
    return new Step.CreatePod(
        member.name(),
        startsAs,
        initialCluster(s, member),
        s.schemeOf(member),
        learner ? PodState.Role.LEARNER : PodState.Role.VOTER,
        reason);
  }

  private static List<InitialMember> initialCluster(Situation s, Member starting) {
    var initial = new ArrayList<InitialMember>();
    if (s.listKnown()) {
      for (Seat seat : s.seats()) {
        initial.add(new InitialMember(seat.name(), seat.listed().peerUrl()));
      }
    } else {
      for (Member member : s.observed().members()) {
        boolean belongs =
            member.name().equals(starting.name()) || member.record().memberId() != null;
        if (belongs && member.record().phase() != MemberRecord.Phase.GONE) {
          initial.add(new InitialMember(member.name(), member.record().peerUrl()));
        }
      }
    }
    return List.copyOf(initial);
  }
}
