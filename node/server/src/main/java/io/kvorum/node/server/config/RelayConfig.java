package io.kvorum.node.server.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What a gRPC proxy or a TCP gateway is told when it starts.
public sealed interface RelayConfig {

  /// Where members are found: in a list, or in the SRV records of a domain.
  ///
  /// @param domain empty: as listed
  /// @param suffix behind the usual names of the records, if any
  /// @param insecure whether also those are taken that DNS lists without TLS
  record Members(List<Endpoint> listed, String domain, String suffix, boolean insecure) {
    public Members {
      listed = List.copyOf(listed);
    }
  }

  /// A gateway.
  ///
  /// @param authorities of members found by DNS; empty: the JVM's
  record Gateway(Endpoint listen, Members members, String authorities, Duration retryDelay)
      implements RelayConfig {}

  /// A proxy.
  ///
  /// @param advertised where clients reach it; empty: it is not in the member list
  /// @param registration where it registers, if it does
  /// @param namespace what stands before every key
  /// @param syncInterval how often the members are asked who they are; zero: never
  /// @param dataDir where certificates stand that it makes itself
  record GrpcProxy(
      Endpoint listen,
      List<Url> metrics,
      Members members,
      String advertised,
      Optional<Registration> registration,
      String namespace,
      Duration syncInterval,
      Dialling dialling,
      int maxRequestBytes,
      NodeConfig.Calls calls,
      TlsFiles tls,
      String dataDir,
      boolean debug)
      implements RelayConfig {
    public GrpcProxy {
      metrics = List.copyOf(metrics);
    }
  }

  /// A key under which proxies register, and how long a registration outlives its proxy.
  record Registration(String prefix, long ttlSeconds) {}

  /// How members are dialled. A zero keep-alive turns its ping off.
  record Dialling(
      Discovery.Tls tls,
      int maxAnswerBytes,
      Duration keepAliveTime,
      Duration keepAliveTimeout,
      boolean pingsWithoutCalls) {}
}
