package io.kvorum.operator.plan;

import io.kvorum.operator.plan.PodState.NodeState;
import java.util.List;

/// Judges a member that is not well.
///
/// The texts hold no counters and no times: they stand in records, which are written only when they
/// change.
final class Diagnosis {

  /// With this code a store ends that finds an empty data directory under an identity in use.
  static final int EXIT_IDENTITY_LOST = 64;

  private final Desired desired;
  private final List<String> provenTemplates;

  /// `provenTemplates` are those that members which are well run.
  Diagnosis(Desired desired, List<String> provenTemplates) {
    this.desired = desired;
    this.provenTemplates = provenTemplates;
  }

  Verdict of(Member member) {
    return switch (member.health()) {
      case Health.WrongCluster(var id) -> new Verdict.DataGone("it answers for cluster " + id);
      case Health.Up up when isAnother(member, up) ->
          new Verdict.Recovering("another member answers at its address");
      case Health.Up up ->
          new Verdict.Recovering(
              up.leaderId().isEmpty()
                  ? "it sees no leader"
                  : "it does not know yet that it is a voter");
      case Health.Silent _ -> ofSilent(member);
    };
  }

  private static boolean isAnother(Member member, Health.Up up) {
    String id = member.record().memberId();
    return id != null && !id.equals(up.memberId());
  }

  private Verdict ofSilent(Member member) {
    String dataGone = dataGone(member);
    if (!dataGone.isEmpty()) {
      return new Verdict.DataGone(dataGone);
    }
    return switch (member.pod()) {
      case PodState.Absent() -> new Verdict.Recovering("its Pod is missing");
      case PodState.Present pod -> ofSilentPod(pod);
    };
  }

  /// Why the data a member is known by cannot be under it any more; empty when it may be.
  private static String dataGone(Member member) {
    if (member.pod() instanceof PodState.Present pod
        && pod.exitCode().orElse(0) == EXIT_IDENTITY_LOST) {
      return "its volume no longer holds its identity";
    }
    boolean mayLackVolume =
        member.record().volumeUid() == null
            && member.record().phase() != MemberRecord.Phase.VOTER
            && member.record().phase() != MemberRecord.Phase.SUSPECT;
    if (mayLackVolume) {
      return "";
    }
    return switch (member.volume()) {
      case Reading.Unknown<VolumeState> _ -> "";
      case Reading.Known<VolumeState>(VolumeState.Absent()) -> "its volume is gone";
      case Reading.Known<VolumeState>(VolumeState.Present volume) -> dataGone(member, volume);
    };
  }

  private static String dataGone(Member member, VolumeState.Present volume) {
    String known = member.record().volumeUid();
    if (known != null && !volume.uid().equals(known)) {
      return "its volume was replaced by another";
    }
    if (volume.lost()) {
      return "its volume is lost";
    }
    boolean podHoldsIt = member.pod() instanceof PodState.Present pod && !pod.terminating();
    return volume.terminating() && !podHoldsIt ? "its volume is being deleted" : "";
  }

  private Verdict ofSilentPod(PodState.Present pod) {
    if (pod.node() == NodeState.NOT_READY || pod.node() == NodeState.GONE) {
      return nodeLost(pod.node() == NodeState.GONE ? "its node is gone" : "its node is not ready");
    }
    return switch (pod.trouble()) {
      case UNSCHEDULABLE -> nodeLost("no node can take its Pod");
      case IMAGE -> new Verdict.NeverReplaced("its image cannot be pulled");
      case CONFIGURATION -> new Verdict.NeverReplaced("its container cannot be configured");
      case OUT_OF_MEMORY -> new Verdict.NeverReplaced("it ran out of memory");
      case EVICTED -> new Verdict.NeverReplaced("its Pod was evicted");
      case NONE -> ofTroubleFree(pod);
    };
  }

  private Verdict nodeLost(String why) {
    return desired.failurePolicy().replaceWhenNodeLost()
        ? new Verdict.Failed(why)
        : new Verdict.NeverReplaced(why + ", and failurePolicy.nodeLost is Wait");
  }

  private Verdict ofTroubleFree(PodState.Present pod) {
    if (pod.terminating()) {
      return new Verdict.Failed("its Pod is ending");
    }
    if (pod.ready()) {
      return new Verdict.NeverReplaced(
          "Kubernetes finds it ready and the operator cannot reach it");
    }
    if (pod.restarts() < desired.failurePolicy().crashLoopRestarts()) {
      return new Verdict.Recovering("it starts");
    }
    return provenTemplates.contains(pod.template())
        ? new Verdict.Failed("it restarts again and again")
        : new Verdict.NeverReplaced(
            "it restarts again and again, with settings no healthy member runs with");
  }

  /// The proof text of a member, if its template counts as proof.
  static boolean isProof(Member member) {
    return member.answers() && member.pod() instanceof PodState.Present;
  }

  static String template(Member member) {
    return switch (member.pod()) {
      case PodState.Absent() -> "";
      case PodState.Present pod -> pod.template();
    };
  }
}
