package io.kvorum.operator.plan;

import org.jspecify.annotations.Nullable;

/// An entry of the store's member list, with the member this operator has a record of, if it has
/// one; if not, somebody else added it and only they take it away.
record Seat(Listed listed, @Nullable Member member) {

  Health health() {
    return member == null ? listed.health() : member.health();
  }

  String name() {
    if (member != null) {
      return member.name();
    }
    return listed.name().isEmpty() ? listed.id() : listed.name();
  }

  /// It answers itself, sees a leader, and knows the role the list gives it. Another may answer in
  /// its place: one that has got the address of a Pod that is gone, while the cache still shows it.
  boolean well() {
    return health() instanceof Health.Up up
        && up.memberId().equals(listed.id())
        && !up.leaderId().isEmpty()
        && up.learner() == listed.learner();
  }
}
