package io.kvorum.node.server.peer;

import io.kvorum.node.server.MemberConfig.NamedMember;
import java.util.List;

/// A running cluster as one of its members describes it to a member that wants to join.
///
/// @param members current members; an unstarted one has an empty name
/// @param removed ids that were removed and never come back
/// @param clientUrls of all members
/// @param clusterVersion major.minor that the members agreed on; empty while unknown
public record ClusterView(
    long clusterId,
    List<NamedMember> members,
    List<String> clientUrls,
    List<Long> removed,
    String clusterVersion) {
  public ClusterView {
    members = List.copyOf(members);
    clientUrls = List.copyOf(clientUrls);
    removed = List.copyOf(removed);
  }
}
