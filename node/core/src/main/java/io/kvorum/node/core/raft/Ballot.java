package io.kvorum.node.core.raft;

import java.util.ArrayList;
import java.util.List;

/// The votes one candidate has got. Only voters count, each once.
final class Ballot {
  /// How an election stands.
  enum Result {
    OPEN,
    WON,
    LOST
  }

  private final Membership membership;
  private final List<MemberId> granted = new ArrayList<>();
  private final List<MemberId> refused = new ArrayList<>();

  Ballot(Membership membership) {
    this.membership = membership;
  }

  Result count(MemberId voter, boolean grants) {
    if (membership.isVoter(voter) && !granted.contains(voter) && !refused.contains(voter)) {
      (grants ? granted : refused).add(voter);
    }
    return result();
  }

  private Result result() {
    if (granted.size() >= membership.quorum()) {
      return Result.WON;
    }
    int canStillGrant = membership.voters().size() - refused.size();
    return canStillGrant < membership.quorum() ? Result.LOST : Result.OPEN;
  }
}
