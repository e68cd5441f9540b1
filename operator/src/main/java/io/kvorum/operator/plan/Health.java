package io.kvorum.operator.plan;

/// What a member says of itself.
public sealed interface Health {

  /// It answers. `leaderId` is empty when it sees no leader.
  record Up(String memberId, String leaderId, boolean learner) implements Health {}

  /// It does not answer, for this reason.
  record Silent(String why) implements Health {}

  /// It answers for another cluster.
  record WrongCluster(String clusterId) implements Health {}
}
