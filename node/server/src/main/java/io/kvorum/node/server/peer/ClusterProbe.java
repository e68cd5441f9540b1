package io.kvorum.node.server.peer;

import io.kvorum.node.server.PeerTls;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/// Asks running members who the cluster is; a joining member checks itself against the answer
/// before it creates anything.
public interface ClusterProbe {
  /// Asks each URL once, in turn, until one answers or the deadline passes. Blocks.
  Answer ask(List<URI> peerUrls, Optional<PeerTls> tls, long deadlineMillis);

  /// What came back.
  sealed interface Answer {
    /// The first member that answered.
    record Known(URI from, ClusterView view) implements Answer {}

    /// Nobody answered. Silence proves nothing about a member, unless its machine said that nobody
    /// listens there.
    ///
    /// @param attempts what was tried, for the log
    /// @param nobodyListens whether every URL refused the connection
    record Silent(List<String> attempts, boolean nobodyListens) implements Answer {
      public Silent {
        attempts = List.copyOf(attempts);
      }
    }
  }
}
