package io.kvorum.node.server;

import io.kvorum.node.server.config.AuthSettings;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Everything a member needs to run, already validated.
///
/// @param identity who this member is
/// @param founding how it comes to its first log entry
/// @param folders where its files stand
/// @param peers how it listens to and dials other members
/// @param advertiseClientUrls what it publishes to the cluster for clients
/// @param timing its clock
/// @param limits its bounds
/// @param versions what it publishes about its program
/// @param auth how users are known
public record MemberConfig(
    Identity identity,
    Founding founding,
    Folders folders,
    Peers peers,
    List<String> advertiseClientUrls,
    Timing timing,
    Limits limits,
    Versions versions,
    AuthSettings auth) {

  public MemberConfig {
    advertiseClientUrls = List.copyOf(advertiseClientUrls);
  }

  /// Who a member is; a data directory belongs to one identity for ever.
  public record Identity(long clusterId, long memberId, String name) {}

  /// A member as the initial cluster or a running cluster names it.
  public record NamedMember(long memberId, String name, List<String> peerUrls, boolean learner) {
    public NamedMember {
      peerUrls = List.copyOf(peerUrls);
    }
  }

  /// How a member comes to its first log entry.
  public sealed interface Founding {
    /// A new cluster of exactly these members, all voters: each writes the same first entries.
    record Found(List<NamedMember> members) implements Founding {
      public Found {
        members = List.copyOf(members);
      }
    }

    /// A running cluster that already lists this member: everything comes from its leader. The
    /// members are where to dial first.
    record Join(List<NamedMember> members) implements Founding {
      public Join {
        members = List.copyOf(members);
      }
    }

    /// Log and state are there: go on from them.
    record Resume() implements Founding {}
  }

  /// The three folders of the data directory; they exist and are locked by this process.
  ///
  /// @param log segment files of the log
  /// @param state the state machine's store
  /// @param received parts of a snapshot on its way in
  public record Folders(Path log, Path state, Path received) {}

  /// How the member meets its peers.
  ///
  /// @param listen sockets of the peer port
  /// @param advertiseUrls peer URLs it is known by
  /// @param secure whether the peer port speaks TLS; peers are dialled as their URLs say
  /// @param tls absent: neither listening nor dialling can be secure
  public record Peers(
      List<InetSocketAddress> listen,
      List<URI> advertiseUrls,
      boolean secure,
      Optional<PeerTls> tls) {
    public Peers {
      listen = List.copyOf(listen);
      advertiseUrls = List.copyOf(advertiseUrls);
    }
  }

  /// Ticks and timeouts.
  ///
  /// @param tickMillis one tick, which is also the heartbeat interval
  /// @param electionTicks shortest election timeout
  /// @param preVote ask before raising the term
  /// @param watchProgressInterval how often an idle watcher with progress_notify hears a revision
  public record Timing(
      int tickMillis, int electionTicks, boolean preVote, Duration watchProgressInterval) {
    /// How long a request may wait: five seconds and two election timeouts.
    public long requestTimeoutMillis() {
      return 5_000 + 2L * electionTicks * tickMillis;
    }
  }

  /// Bounds a client can run into.
  ///
  /// @param quotaBytes the configured quota; 0 the default, negative none
  /// @param maxRequestBytes longest command
  /// @param maxTxnOperations most operations of one transaction
  /// @param maxLearners most learners in the cluster
  /// @param strictReconfiguration refuse membership changes that endanger the quorum
  /// @param catchUpEntries entries kept in the log for slow followers
  /// @param retention how much history stays without anybody asking for a compaction
  public record Limits(
      long quotaBytes,
      int maxRequestBytes,
      int maxTxnOperations,
      int maxLearners,
      boolean strictReconfiguration,
      int catchUpEntries,
      Retention retention) {}

  /// What the member tells about its program.
  ///
  /// @param api version of the etcd API it speaks, such as 3.6.11
  /// @param product the product's own version
  public record Versions(String api, String product) {}
}
