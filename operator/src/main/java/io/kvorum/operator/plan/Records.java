package io.kvorum.operator.plan;

import io.kvorum.operator.plan.MemberRecord.Phase;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is written down about members, and what is done with what has no place any more.
final class Records {

  private Records() {}

  /// The first thing learned that is not written down yet.
  static Optional<Step> remember(Situation s) {
    if (!s.latches().bootstrapped() && formed(s)) {
      String id = s.listKnown() ? s.observed().clusterId() : null;
      return Optional.of(new Step.SaveLatches(s.latches().formed(id), "the cluster is formed"));
    }
    if (s.latches().clusterId() == null && s.listKnown()) {
      return Optional.of(
          new Step.SaveLatches(
              s.latches().formed(s.observed().clusterId()), "the cluster has an ID"));
    }
    for (Member member : s.observed().members()) {
      MemberRecord learned = learned(s, member);
      if (!learned.equals(member.record())) {
        return Optional.of(
            new Step.SaveRecord(member.name(), learned, whatIsNew(member.record(), learned)));
      }
    }
    return Optional.empty();
  }

  /// A member that ever had an ID proves that the cluster was formed, should the status be lost,
  /// and so does the ConfigMap.
  private static boolean formed(Situation s) {
    return s.listKnown()
        || s.wasFormedBefore()
        || s.observed().members().stream().anyMatch(m -> m.record().memberId() != null);
  }

  private static MemberRecord learned(Situation s, Member member) {
    MemberRecord old = member.record();
    Seat seat = s.seatOf(member);
    String id = old.memberId() == null && seat != null ? seat.listed().id() : old.memberId();
    String volume = old.volumeUid() == null ? volumeUid(member) : old.volumeUid();
    if (!s.listKnown()) {
      return new MemberRecord(
          old.phase(), old.peerUrl(), id, volume, old.suspectSince(), old.reason());
    }
    if (seat == null) {
      Phase phase = id == null ? Phase.JOINING : Phase.GONE;
      String reason = id == null ? "" : "it is not in the store's list any more";
      return new MemberRecord(phase, old.peerUrl(), id, volume, null, reason);
    }
    String url = seat.listed().peerUrl();
    if (seat.listed().learner()) {
      return new MemberRecord(Phase.LEARNER, url, id, volume, null, "");
    }
    return voter(s, seat, member, new MemberRecord(Phase.VOTER, url, id, volume, null, ""));
  }

  private static MemberRecord voter(Situation s, Seat seat, Member member, MemberRecord whenWell) {
    Instant since = member.record().suspectSince();
    if (seat.well() || (since == null && !isDown(member))) {
      return whenWell;
    }
    return new MemberRecord(
        Phase.SUSPECT,
        whenWell.peerUrl(),
        whenWell.memberId(),
        whenWell.volumeUid(),
        since == null ? s.observed().now() : since,
        s.verdict(seat).why());
  }

  /// Silent to the operator and not ready to Kubernetes: two witnesses.
  private static boolean isDown(Member member) {
    return !member.answers()
        && !(member.pod() instanceof PodState.Present pod && pod.ready() && !pod.terminating());
  }

  private static @Nullable String volumeUid(Member member) {
    return member.volume() instanceof Reading.Known<VolumeState>(VolumeState.Present volume)
            && !volume.terminating()
        ? volume.uid()
        : null;
  }

  private static String whatIsNew(MemberRecord old, MemberRecord learned) {
    if (old.phase() != learned.phase()) {
      return learned.reason().isEmpty()
          ? "it is now " + learned.phase().text()
          : "it is now " + learned.phase().text() + ": " + learned.reason();
    }
    if (old.memberId() == null && learned.memberId() != null) {
      return "the store gave it an ID";
    }
    if (old.volumeUid() == null && learned.volumeUid() != null) {
      return "it has a volume";
    }
    if (!old.peerUrl().equals(learned.peerUrl())) {
      return "its peer URL has changed";
    }
    return learned.reason();
  }

  /// Members that left the list, records of members that were never announced, Pods without record.
  static Optional<Step> clearAway(Situation s) {
    for (Member member : s.observed().members()) {
      if (member.record().phase() == Phase.GONE) {
        if (endsOperation(s, member)) {
          return Optional.of(
              new Step.SaveLatches(s.latches().finished(), member.name() + " left the cluster"));
        }
        return Optional.of(clearAway(member, keepsVolume(s, member), "it left the cluster"));
      }
      if (abandoned(s, member)) {
        return Optional.of(clearAway(member, false, "it was never announced and is not needed"));
      }
    }
    return s.listKnown() ? strays(s) : Optional.empty();
  }

  /// An operation about a member ends with it, else its name could be given a second time. The
  /// replacement of a failed member goes on: its second half is the new one.
  private static boolean endsOperation(Situation s, Member member) {
    return s.operation().filter(o -> o.target().equals(member.name())).isPresent()
        && !wasReplaced(s, member);
  }

  private static boolean wasReplaced(Situation s, Member member) {
    Latches.Replacement latest = s.latches().lastReplacement();
    return latest != null && latest.member().equals(member.name());
  }

  private static boolean keepsVolume(Situation s, Member member) {
    return wasReplaced(s, member)
        ? s.desired().retention().keepOnReplace()
        : s.desired().retention().keepOnScaleDown();
  }

  private static boolean abandoned(Situation s, Member member) {
    boolean seedOfUnformed = member.seed() && !s.latches().bootstrapped();
    return member.record().phase() == Phase.JOINING
        && member.record().memberId() == null
        && s.listKnown()
        && s.seatOf(member) == null
        && !seedOfUnformed
        && s.operation().filter(o -> o.target().equals(member.name())).isEmpty();
  }

  /// The volume goes first: bound to no Pod any more it could be taken by nobody.
  static Step clearAway(Member member, boolean keepVolume, String reason) {
    if (!keepVolume
        && member.volume() instanceof Reading.Known<VolumeState>(VolumeState.Present volume)
        && !volume.terminating()) {
      return new Step.DeleteVolume(member.name(), volume.uid(), reason);
    }
    if (member.pod() instanceof PodState.Present pod && !pod.terminating()) {
      return new Step.DeletePod(member.name(), pod.uid(), reason);
    }
    return new Step.DeleteRecord(member.name(), reason);
  }

  private static Optional<Step> strays(Situation s) {
    return s.observed().leftovers().pods().stream()
        .filter(stray -> !stray.terminating())
        .filter(stray -> s.seats().stream().noneMatch(seat -> sitsAs(s, seat, stray.name())))
        .findFirst()
        .map(stray -> new Step.DeletePod(stray.name(), stray.uid(), "no member has its name"));
  }

  private static boolean sitsAs(Situation s, Seat seat, String name) {
    return s.naming().isPeerUrlOf(name, seat.listed().peerUrl());
  }

  /// A member of the list that bears a peer URL of this operator's, and whose record is gone.
  static Optional<Step> adopt(Situation s) {
    for (Seat seat : s.seats()) {
      int serial = s.naming().serialOfPeerUrl(seat.listed().peerUrl()).orElse(0);
      if (seat.member() == null && serial > 0) {
        return Optional.of(
            new Step.CreateRecord(
                s.naming().member(serial),
                serial,
                false,
                seat.listed().peerUrl(),
                "the store lists it and its record is gone"));
      }
    }
    return Optional.empty();
  }
}
