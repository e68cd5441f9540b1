package io.kvorum.node.server;

import io.kvorum.node.server.bootstrap.Bootstrap;
import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.Url;
import io.kvorum.node.server.config.Version;
import io.kvorum.node.server.front.Front;
import io.kvorum.node.server.tls.TlsPlanes;
import java.net.URI;

/// What the member needs of the process's configuration.
final class MemberConfigs {

  private MemberConfigs() {}

  static MemberConfig of(
      NodeConfig config, Bootstrap.Decision decision, MemberConfig.Folders folders, TlsPlanes tls) {
    return new MemberConfig(
        decision.identity(),
        decision.founding(),
        folders,
        new MemberConfig.Peers(
            config.listen().peerUrls().stream().map(Front::address).toList(),
            config.cluster().advertisePeerUrls().stream()
                .map(url -> URI.create(url.text()))
                .toList(),
            config.listen().peerUrls().getFirst().secure(),
            tls.peers()),
        config.cluster().advertiseClientUrls().stream().map(Url::text).toList(),
        config.timing(),
        config.limits(),
        new MemberConfig.Versions(Version.ETCD_API, Version.product()),
        config.auth());
  }
}
