package io.kvorum.node.server.config;

import static io.kvorum.node.server.config.Flag.works;
import static io.kvorum.node.server.config.Group.CLUSTERING;
import static io.kvorum.node.server.config.Group.MEMBER;
import static io.kvorum.node.server.config.ValueType.LIST;
import static io.kvorum.node.server.config.ValueType.SWITCH;
import static io.kvorum.node.server.config.ValueType.TEXT;

import java.util.List;

/// The flags by which the gRPC proxy and the TCP gateway are told where they listen and where the
/// members are.
final class UpstreamFlags {

  static final Flag<String> LISTEN_ADDR =
      works("listen-addr", MEMBER, TEXT, "127.0.0.1:23790", "Address to listen on.");
  static final Flag<List<String>> ENDPOINTS =
      works(
          "endpoints",
          CLUSTERING,
          LIST,
          "127.0.0.1:2379",
          "Where the members serve clients, separated by commas.");
  static final Flag<String> DISCOVERY_SRV =
      works(
          "discovery-srv",
          CLUSTERING,
          TEXT,
          "",
          "Domain whose SRV records list the members, instead of --endpoints.");
  static final Flag<String> DISCOVERY_SRV_NAME =
      works(
          "discovery-srv-name",
          CLUSTERING,
          TEXT,
          "",
          "What stands behind the usual names of these records.");
  static final Flag<Boolean> INSECURE_DISCOVERY =
      works(
          "insecure-discovery",
          CLUSTERING,
          SWITCH,
          "false",
          "Take also members that DNS lists without TLS, and those whose certificates do not"
              + " hold.");

  private UpstreamFlags() {}
}
