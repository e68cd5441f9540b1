package io.kvorum.node.server.grpcproxy;

import io.grpc.Metadata;
import org.jspecify.annotations.Nullable;

/// Who calls, as far as a member treats callers differently. Only calls of one identity share
/// anything.
///
/// @param token of a user who has signed in; null: nobody has
/// @param authorization the same in another header, as JSON clients send it
/// @param leader whether the call must end when there is no leader; as it was sent
record Identity(@Nullable String token, @Nullable String authorization, @Nullable String leader) {

  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> HAS_LEADER =
      Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

  static Identity of(Metadata headers) {
    return new Identity(headers.get(TOKEN), headers.get(AUTHORIZATION), headers.get(HAS_LEADER));
  }

  /// Whether the caller says who it is.
  boolean isNamed() {
    return token != null || authorization != null;
  }

  /// Headers of a call on behalf of this identity.
  Metadata headers() {
    var headers = new Metadata();
    put(headers, TOKEN, token);
    put(headers, AUTHORIZATION, authorization);
    put(headers, HAS_LEADER, leader);
    return headers;
  }

  private static void put(Metadata headers, Metadata.Key<String> key, @Nullable String value) {
    if (value != null) {
      headers.put(key, value);
    }
  }
}
