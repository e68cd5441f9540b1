package io.kvorum.node.core.replica;

/// Why a membership request is refused.
public enum MembershipRefusal {
  /// No such member, or it was removed.
  MEMBER_NOT_FOUND,
  /// The id is taken.
  MEMBER_EXISTS,
  /// One of the URLs belongs to a member already.
  PEER_URL_EXISTS,
  /// As many learners as allowed are there.
  TOO_MANY_LEARNERS,
  /// Promotion of a member that votes already.
  NOT_LEARNER,
  /// The learner's log is too far behind the leader's.
  LEARNER_NOT_READY,
  /// The members that ever started would be no quorum afterwards.
  NOT_ENOUGH_STARTED,
  /// The members in contact would be no quorum afterwards.
  UNHEALTHY,
  /// Only the leader can judge a promotion.
  NOT_LEADER
}
