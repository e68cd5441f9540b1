package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;
import java.util.List;

/// What an operator may ask of the membership.
public sealed interface MembershipRequest {
  MemberId member();

  /// Adds a member. Its id is made by whoever takes the request, since it depends on the time.
  record Add(MemberId member, List<String> peerUrls, boolean learner) implements MembershipRequest {
    public Add {
      peerUrls = List.copyOf(peerUrls);
    }
  }

  /// Gives a learner its vote.
  record Promote(MemberId member) implements MembershipRequest {}

  /// Takes a member out for good.
  record Remove(MemberId member) implements MembershipRequest {}

  /// Changes the peer URLs of a member and nothing else: a learner stays one, a name stays.
  record UpdatePeerUrls(MemberId member, List<String> peerUrls) implements MembershipRequest {
    public UpdatePeerUrls {
      peerUrls = List.copyOf(peerUrls);
    }
  }
}
