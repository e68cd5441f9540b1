package io.kvorum.node.server.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// How the founders of a cluster find each other when nobody lists them.
public sealed interface Discovery {

  /// Below a URL of API v2, which is also the token that makes their ids.
  ///
  /// @param proxy for HTTP on the way there
  record Http(URI url, Optional<URI> proxy) implements Discovery {}

  /// Below keys of API v3 in a running cluster.
  ///
  /// @param token under which they register; it also makes their ids
  /// @param endpoints members of that cluster; `https` means TLS
  record Registry(
      String token, List<Url> endpoints, Patience patience, Tls tls, Credentials credentials)
      implements Discovery {
    public Registry {
      endpoints = List.copyOf(endpoints);
    }
  }

  /// In SRV records of a domain.
  ///
  /// @param suffix behind the usual names of the services, if any
  record Dns(String domain, String suffix) implements Discovery {}

  /// How long a running cluster is waited for. A zero keep-alive turns its ping off.
  record Patience(
      Duration dial, Duration request, Duration keepAliveTime, Duration keepAliveTimeout) {}

  /// Files of the client's side of TLS; an empty path is none.
  record Tls(String certificate, String key, String authorities, boolean trustsAll) {}

  /// Who asks; an empty user is nobody.
  record Credentials(String user, String password) {

    @Override
    public String toString() {
      return "Credentials[user=" + user + "]";
    }
  }
}
