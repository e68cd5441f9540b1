package io.kvorum.node.server.bootstrap;

import io.kvorum.node.server.MemberConfig.NamedMember;
import io.kvorum.node.server.config.Url;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/// Who a member is that is restored from a backup: one of the founders of a new cluster, whose ids
/// come from the same flags as those of any new cluster.
public record RestoredMember(DataDirectory.Identity identity, List<NamedMember> founders) {

  /// The member of that name in the initial cluster.
  ///
  /// @param advertised the peer URLs of this member, which must be those in the initial cluster
  public static RestoredMember of(
      String name, String initialCluster, String token, List<Url> advertised) {
    InitialCluster cluster = InitialCluster.parse(initialCluster, token);
    cluster.requireSound(name);
    var comparison =
        new UrlComparison(host -> Arrays.asList(InetAddress.getAllByName(host)), Duration.ZERO);
    cluster.requireAdvertised(name, advertised, comparison);
    return new RestoredMember(
        new DataDirectory.Identity(cluster.clusterId(), cluster.memberId(name)),
        cluster.founders());
  }
}
