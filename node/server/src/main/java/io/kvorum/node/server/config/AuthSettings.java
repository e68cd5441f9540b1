package io.kvorum.node.server.config;

import java.time.Duration;

/// How users are known.
///
/// @param tokens what `--auth-token` says
/// @param tokenTtl how long a simple token lives unused
/// @param bcryptCost the logarithm of the work of one password hash
/// @param certificateNames whether the common name of a client's certificate is a user's name
public record AuthSettings(
    TokenSpec tokens, Duration tokenTtl, int bcryptCost, boolean certificateNames) {

  public static final AuthSettings DEFAULT =
      new AuthSettings(new TokenSpec.Simple(), Duration.ofMinutes(5), 10, false);
}
