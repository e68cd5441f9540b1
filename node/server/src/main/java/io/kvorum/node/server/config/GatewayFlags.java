package io.kvorum.node.server.config;

import static io.kvorum.node.server.config.Flag.works;
import static io.kvorum.node.server.config.Group.CLUSTERING;
import static io.kvorum.node.server.config.Group.SECURITY;
import static io.kvorum.node.server.config.ValueType.TEXT;
import static io.kvorum.node.server.config.ValueType.duration;

import java.time.Duration;
import java.util.List;

/// The flags of `gateway start`.
final class GatewayFlags {

  static final Flag<Duration> RETRY_DELAY =
      works(
          "retry-delay",
          CLUSTERING,
          duration(Duration.ofMillis(1)),
          "1m0s",
          "How often endpoints that failed are tried again.");
  static final Flag<String> TRUSTED_CA_FILE =
      works(
          "trusted-ca-file",
          SECURITY,
          TEXT,
          "",
          "PEM file with the authorities of members that DNS lists; the JVM's when not set.");

  static final FlagList LIST =
      new FlagList(
          "gateway",
          "Passes TCP connections on to the members, in turn; what fails is left out for a while.",
          List.of(
              UpstreamFlags.LISTEN_ADDR,
              UpstreamFlags.ENDPOINTS,
              UpstreamFlags.DISCOVERY_SRV,
              UpstreamFlags.DISCOVERY_SRV_NAME,
              UpstreamFlags.INSECURE_DISCOVERY,
              RETRY_DELAY,
              TRUSTED_CA_FILE));

  private GatewayFlags() {}
}
