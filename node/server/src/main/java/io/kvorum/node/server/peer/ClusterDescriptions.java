package io.kvorum.node.server.peer;

import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.core.replica.MemberRecord;
import io.kvorum.node.proto.peer.ClusterDescription;
import io.kvorum.node.proto.peer.MemberDescription;
import io.kvorum.node.server.MemberConfig.NamedMember;
import java.util.TreeMap;
import java.util.TreeSet;

/// The cluster as members describe it to each other.
final class ClusterDescriptions {
  private ClusterDescriptions() {}

  static ClusterDescription write(long clusterId, Cluster cluster) {
    var description =
        ClusterDescription.newBuilder().setClusterId(clusterId).setVersion(cluster.version());
    for (MemberRecord member : cluster.members().values()) {
      description.addMembers(
          MemberDescription.newBuilder()
              .setId(member.id().value())
              .setName(member.attributes().name())
              .addAllPeerUrls(member.peerUrls())
              .addAllClientUrls(member.attributes().clientUrls())
              .setLearner(member.learner()));
    }
    cluster.removed().forEach(id -> description.addRemoved(id.value()));
    return description.build();
  }

  static Cluster read(ClusterDescription description) {
    var members = new TreeMap<MemberId, MemberRecord>();
    for (MemberDescription member : description.getMembersList()) {
      var id = new MemberId(member.getId());
      var attributes =
          new MemberRecord.Attributes(member.getName(), member.getClientUrlsList(), "", 0);
      members.put(
          id, new MemberRecord(id, member.getPeerUrlsList(), member.getLearner(), attributes));
    }
    var removed = new TreeSet<MemberId>();
    description.getRemovedList().forEach(id -> removed.add(new MemberId(id)));
    return new Cluster(members, removed, description.getVersion());
  }

  static ClusterView view(ClusterDescription description) {
    return new ClusterView(
        description.getClusterId(),
        description.getMembersList().stream()
            .map(member ->
                new NamedMember(
                    member.getId(),
                    member.getName(),
                    member.getPeerUrlsList(),
                    member.getLearner()))
            .toList(),
        description.getMembersList().stream()
            .flatMap(member -> member.getClientUrlsList().stream())
            .toList(),
        description.getRemovedList(),
        description.getVersion());
  }
}
