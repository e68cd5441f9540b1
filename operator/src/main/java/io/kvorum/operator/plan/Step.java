package io.kvorum.operator.plan;

import java.util.List;

/// The one thing to do now: at most one write, to Kubernetes or to the store, and why.
public sealed interface Step {

  String reason();

  /// An object around the members.
  enum Support {
    PEER_SERVICE,
    CLIENT_SERVICE,
    DISRUPTION_BUDGET,
    BOOTSTRAP_STATE
  }

  /// Where a member learns whether it forms a cluster or joins one.
  enum StartsAs {
    /// The ConfigMap says it, read at each start: `new` until the cluster is formed.
    TOLD_BY_CONFIG_MAP,
    EXISTING
  }

  /// A name and peer URL of the list a member is started with.
  record InitialMember(String name, String peerUrl) {}

  /// `value` is the budget's minimum, or 1 for the bootstrap state `new`; otherwise 0.
  record ApplySupport(Support what, int value, String reason) implements Step {}

  record SaveLatches(Latches latches, String reason) implements Step {}

  record CreateRecord(String member, int serial, boolean seed, String peerUrl, String reason)
      implements Step {}

  record SaveRecord(String member, MemberRecord record, String reason) implements Step {}

  record DeleteRecord(String member, String reason) implements Step {}

  record CreateVolume(String member, String reason) implements Step {}

  record GrowVolume(String member, long bytes, String reason) implements Step {}

  record DeleteVolume(String member, String uid, String reason) implements Step {}

  record CreatePod(
      String member,
      StartsAs startsAs,
      List<InitialMember> initialCluster,
      Scheme peerScheme,
      PodState.Role role,
      String reason)
      implements Step {}

  record DeletePod(String member, String uid, String reason) implements Step {}

  record LabelPod(String member, String uid, PodState.Role role, String reason) implements Step {}

  record AddLearner(String member, String peerUrl, String reason) implements Step {}

  record Promote(String member, String id, String reason) implements Step {}

  record MoveLeader(String from, String to, String reason) implements Step {}

  record RemoveMember(String member, String id, String reason) implements Step {}

  record UpdatePeerUrl(String member, String id, String peerUrl, String reason) implements Step {}

  /// Nothing can be done now; look again soon.
  record Wait(String reason) implements Step {}

  /// Everything is as desired.
  record Done(String reason) implements Step {}
}
