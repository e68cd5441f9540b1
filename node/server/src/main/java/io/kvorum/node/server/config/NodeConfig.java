package io.kvorum.node.server.config;

import io.kvorum.node.server.MemberConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The whole configuration of one process, validated.
///
/// @param name the member's name
/// @param dataDirectory where everything stands that the member keeps
/// @param logDirectory where the log stands; inside the data directory unless set
/// @param listen where it listens
/// @param cluster which cluster it belongs to
/// @param calls what a client may do on a connection
/// @param clientTls keys and authorities towards clients
/// @param peerTls keys and authorities towards peers
/// @param logging what is logged, how and where
/// @param extensiveMetrics whether every gRPC method has a latency histogram
/// @param http who may ask over HTTP, and for what
/// @param slowApply how long applying a batch may take before it is logged
/// @param timing the member's clock
/// @param limits the bounds of requests and membership
/// @param auth how users are known
/// @param proxy how it forwards for a cluster that it is no member of
public record NodeConfig(
    String name,
    Path dataDirectory,
    Path logDirectory,
    Listen listen,
    Cluster cluster,
    Calls calls,
    TlsFiles clientTls,
    TlsFiles peerTls,
    Logging logging,
    boolean extensiveMetrics,
    Http http,
    Duration slowApply,
    MemberConfig.Timing timing,
    MemberConfig.Limits limits,
    AuthSettings auth,
    ProxySettings proxy) {

  /// Where the process listens.
  ///
  /// @param clientUrls gRPC, and HTTP too while `clientHttpUrls` is empty
  /// @param clientHttpUrls HTTP alone
  /// @param metricsUrls health and metrics alone
  public record Listen(
      List<Url> peerUrls,
      List<Url> clientUrls,
      List<Url> clientHttpUrls,
      List<Url> metricsUrls,
      boolean reusePort,
      boolean reuseAddress) {
    public Listen {
      peerUrls = List.copyOf(peerUrls);
      clientUrls = List.copyOf(clientUrls);
      clientHttpUrls = List.copyOf(clientHttpUrls);
      metricsUrls = List.copyOf(metricsUrls);
    }
  }

  /// Which cluster the member forms or joins.
  ///
  /// @param initialMembers the text of `--initial-cluster`; read only while there is no data
  /// @param discovery where the members of a new cluster find each other, if they are not listed
  /// @param joining whether the cluster exists already
  /// @param expectedClusterId 0 means any
  public record Cluster(
      List<Url> advertisePeerUrls,
      List<Url> advertiseClientUrls,
      String initialMembers,
      Optional<Discovery> discovery,
      boolean joining,
      String token,
      long expectedClusterId) {
    public Cluster {
      advertisePeerUrls = List.copyOf(advertisePeerUrls);
      advertiseClientUrls = List.copyOf(advertiseClientUrls);
    }
  }

  /// What a client may do on a connection. A zero interval or timeout turns its ping off.
  public record Calls(
      int maxConcurrent, Duration pingMinTime, Duration pingInterval, Duration pingTimeout) {}

  /// Who may ask over HTTP, and for what.
  ///
  /// @param hosts names that plaintext requests may ask for; empty means all
  /// @param origins of web pages whose scripts may read answers
  /// @param gateway whether the API is served as JSON
  public record Http(List<String> hosts, List<String> origins, boolean gateway, boolean v2) {
    public Http {
      hosts = List.copyOf(hosts);
      origins = List.copyOf(origins);
    }
  }

  /// Log lines: from which level on, in which form, to which outputs.
  public record Logging(Level level, boolean console, List<String> outputs) {
    public Logging {
      outputs = List.copyOf(outputs);
    }

    /// Levels of etcd's logger; the fatal ones are one.
    public enum Level {
      DEBUG,
      INFO,
      WARN,
      ERROR,
      FATAL
    }
  }
}
