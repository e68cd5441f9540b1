package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;
import java.util.Optional;
import java.util.function.Predicate;

/// The strict reconfiguration check: which membership requests a member refuses to propose because
/// the cluster could lose its quorum by them.
///
/// Two views count. *Started* is what the log knows: the member has published itself at least once.
/// *In contact* is what this member sees: a connection that has held for a while. A request must
/// leave a quorum by both.
final class ReconfigurationRules {
  private final Cluster cluster;
  private final MemberId self;
  private final Contacts contacts;

  /// What the asking member knows of connections.
  interface Contacts {
    /// Connected for at least the health interval.
    boolean held(MemberId member);

    /// Not connected at all.
    boolean down(MemberId member);
  }

  ReconfigurationRules(Cluster cluster, MemberId self, Contacts contacts) {
    this.cluster = cluster;
    this.self = self;
    this.contacts = contacts;
  }

  /// Why the request is too dangerous now, if it is.
  Optional<MembershipRefusal> refusal(MembershipRequest request) {
    return switch (request) {
      case MembershipRequest.Add add -> adding(add);
      case MembershipRequest.Promote promote -> promoting(promote.member());
      case MembershipRequest.Remove remove -> removing(remove.member());
      case MembershipRequest.UpdatePeerUrls _ -> Optional.empty();
    };
  }

  private Optional<MembershipRefusal> adding(MembershipRequest.Add add) {
    int voters = cluster.voters().size();
    int quorumAfter = quorum(voters + 1);
    boolean alone = voters == 1;
    if (!add.learner() && !alone && started(_ -> true) < quorumAfter) {
      return Optional.of(MembershipRefusal.NOT_ENOUGH_STARTED);
    }
    return !alone && inContact() < quorumAfter
        ? Optional.of(MembershipRefusal.UNHEALTHY)
        : Optional.empty();
  }

  /// The learner counts as started: it follows the leader's log.
  private Optional<MembershipRefusal> promoting(MemberId learner) {
    int startedAfter = started(id -> !id.equals(learner)) + 1;
    return startedAfter < quorum(cluster.voters().size() + 1)
        ? Optional.of(MembershipRefusal.NOT_ENOUGH_STARTED)
        : Optional.empty();
  }

  private Optional<MembershipRefusal> removing(MemberId leaving) {
    if (cluster.isLearner(leaving) || cluster.maybeMember(leaving).isEmpty()) {
      return Optional.empty();
    }
    int voters = cluster.voters().size();
    if (started(id -> !id.equals(leaving)) < quorum(voters - 1)) {
      return Optional.of(MembershipRefusal.NOT_ENOUGH_STARTED);
    }
    if (!leaving.equals(self) && contacts.down(leaving)) {
      return Optional.empty();
    }
    return inContact() - 1 < 1 + (voters - 1) / 2
        ? Optional.of(MembershipRefusal.UNHEALTHY)
        : Optional.empty();
  }

  private int started(Predicate<MemberId> counts) {
    return (int)
        cluster.voters().stream()
            .filter(member -> counts.test(member.id()))
            .filter(MemberRecord::started)
            .count();
  }

  private int inContact() {
    return (int)
        cluster.voters().stream()
            .map(MemberRecord::id)
            .filter(id -> id.equals(self) || contacts.held(id))
            .count();
  }

  private static int quorum(int voters) {
    return voters / 2 + 1;
  }

  /// Whether a learner's log is near enough to the leader's for it to vote: 90 % of its length.
  static boolean isReady(long learnerMatch, long leaderMatch) {
    return learnerMatch >= leaderMatch * 0.9;
  }
}
