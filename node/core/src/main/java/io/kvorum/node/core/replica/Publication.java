package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;
import java.util.Optional;

/// Sees to it that the cluster knows this member's name, client URLs and versions: a member is
/// ready for clients only then. A restarted member whose record is right already waits for one
/// fresh read instead, which shows that it can reach a quorum.
final class Publication {
  private final MemberId self;
  private final MemberRecord.Attributes attributes;
  private State state = State.DUE;

  private enum State {
    DUE,
    UNDER_WAY,
    DONE
  }

  /// What to do now.
  enum Step {
    NOTHING,
    PROPOSE,
    READ
  }

  Publication(MemberId self, MemberRecord.Attributes attributes) {
    this.self = self;
    this.attributes = attributes;
  }

  MemberRecord.Attributes attributes() {
    return attributes;
  }

  /// Asked at every tick while a leader is known.
  Step next(Cluster cluster) {
    Optional<MemberRecord> known = cluster.maybeMember(self);
    if (state != State.DUE || known.isEmpty()) {
      return Step.NOTHING;
    }
    state = State.UNDER_WAY;
    return known.get().attributes().equals(attributes) ? Step.READ : Step.PROPOSE;
  }

  /// Tells the end of a step; true if the member is ready now, for the first time.
  boolean ended(Answer answer, Cluster cluster) {
    boolean right =
        cluster
            .maybeMember(self)
            .map(record -> record.attributes().equals(attributes))
            .orElse(false);
    boolean ready = state == State.UNDER_WAY && right && !(answer instanceof Answer.Refused);
    state = ready ? State.DONE : State.DUE;
    return ready;
  }

  boolean isDone() {
    return state == State.DONE;
  }
}
