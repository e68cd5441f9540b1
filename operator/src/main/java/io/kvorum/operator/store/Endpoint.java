package io.kvorum.operator.store;

import io.kvorum.operator.plan.Scheme;
import org.jspecify.annotations.Nullable;

/// Where one member answers, and how. `host` is the name its certificate bears; the address is what
/// is dialled, so that a name that does not resolve yet makes nobody look dead.
public record Endpoint(String address, int port, String host, @Nullable Certificates tls) {

  /// PEM texts of the client plane.
  public record Certificates(String authority, String certificate, String key) {}

  Scheme scheme() {
    return tls == null ? Scheme.HTTP : Scheme.HTTPS;
  }
}
