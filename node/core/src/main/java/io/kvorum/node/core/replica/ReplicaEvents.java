package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.Leadership;

/// What a replica tells whoever runs it.
public interface ReplicaEvents {
  void leadershipChanged(Leadership leadership);

  /// The members, or what they published, changed.
  void clusterChanged(Cluster cluster);

  /// The cluster knows this member, and this member has a quorum: it can serve clients.
  void published();

  /// This member was removed from its cluster.
  void removed();
}
