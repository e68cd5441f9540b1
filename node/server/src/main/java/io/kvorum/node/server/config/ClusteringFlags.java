package io.kvorum.node.server.config;

import static io.kvorum.node.server.config.Flag.noEffect;
import static io.kvorum.node.server.config.Flag.works;
import static io.kvorum.node.server.config.Group.CLUSTERING;
import static io.kvorum.node.server.config.Group.KVORUM;
import static io.kvorum.node.server.config.ValueType.LIST;
import static io.kvorum.node.server.config.ValueType.OPTIONAL_HTTP_URL;
import static io.kvorum.node.server.config.ValueType.OPTIONAL_ID;
import static io.kvorum.node.server.config.ValueType.SWITCH;
import static io.kvorum.node.server.config.ValueType.TEXT;
import static io.kvorum.node.server.config.ValueType.URLS;
import static io.kvorum.node.server.config.ValueType.choice;
import static io.kvorum.node.server.config.ValueType.duration;
import static io.kvorum.node.server.config.ValueType.whole;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The flags that say which cluster a member belongs to and how it finds the others.
final class ClusteringFlags {

  static final Flag<List<Url>> INITIAL_ADVERTISE_PEER_URLS =
      works(
          "initial-advertise-peer-urls",
          CLUSTERING,
          URLS,
          "http://localhost:2380",
          "Peer URLs of this member, as the other members reach it.");
  static final Flag<String> AUTO_COMPACTION_RETENTION =
      works(
          "auto-compaction-retention",
          CLUSTERING,
          TEXT,
          "0",
          "How much history the leader keeps when it compacts by itself: hours or a duration in"
              + " periodic mode, revisions in revision mode; 0: it does not.");
  static final Flag<String> AUTO_COMPACTION_MODE =
      works(
          "auto-compaction-mode",
          CLUSTERING,
          choice("periodic", "revision"),
          "periodic",
          "What --auto-compaction-retention counts: time (periodic) or revisions (revision).");
  static final Flag<String> INITIAL_CLUSTER =
      works(
          "initial-cluster",
          CLUSTERING,
          TEXT,
          "default=http://localhost:2380",
          "Members of the cluster, as name=peerURL pairs joined by commas; a member with several"
              + " URLs repeats its name. Not set: this member alone.");
  static final Flag<Optional<URI>> DISCOVERY =
      works(
          "discovery",
          CLUSTERING,
          OPTIONAL_HTTP_URL,
          "",
          "URL of a token in API v2 of a running cluster or of a discovery service, below which the"
              + " members of a new cluster find each other; instead of --initial-cluster.");
  static final Flag<Optional<URI>> DISCOVERY_PROXY =
      works(
          "discovery-proxy",
          CLUSTERING,
          OPTIONAL_HTTP_URL,
          "",
          "HTTP proxy on the way to --discovery.");
  static final Flag<String> DISCOVERY_FALLBACK =
      works(
          "discovery-fallback",
          CLUSTERING,
          choice("exit", "proxy", ""),
          "",
          "What a member does when --discovery has found enough others: become a proxy of theirs for"
              + " HTTP (proxy, also when not set) or end (exit).");
  static final Flag<String> DISCOVERY_SRV =
      works(
          "discovery-srv",
          CLUSTERING,
          TEXT,
          "",
          "Domain whose SRV records _etcd-server-ssl._tcp (https) and _etcd-server._tcp (http) list"
              + " the members of a new cluster; instead of --initial-cluster.");
  static final Flag<String> DISCOVERY_SRV_NAME =
      works(
          "discovery-srv-name",
          CLUSTERING,
          TEXT,
          "",
          "Suffix of these names: NAME makes _etcd-server-ssl-NAME._tcp and"
              + " _etcd-server-NAME._tcp of them.");
  static final Flag<String> DISCOVERY_TOKEN =
      works(
          "discovery-token",
          CLUSTERING,
          TEXT,
          "",
          "Token in API v3 of a running cluster, below which the members of a new cluster find each"
              + " other; needs --discovery-endpoints.");
  static final Flag<List<String>> DISCOVERY_ENDPOINTS =
      works(
          "discovery-endpoints",
          CLUSTERING,
          LIST,
          "",
          "Members of the running cluster that has --discovery-token: host:port or URLs.");
  static final Flag<Duration> DISCOVERY_DIAL_TIMEOUT =
      discoveryDuration("discovery-dial-timeout", "2s", "Time to connect to one of them.");
  static final Flag<Duration> DISCOVERY_REQUEST_TIMEOUT =
      discoveryDuration("discovery-request-timeout", "5s", "Time for one of them to answer.");
  static final Flag<Duration> DISCOVERY_KEEPALIVE_TIME =
      discoveryDuration(
          "discovery-keepalive-time",
          "2s",
          "Silence after which a connection to them is probed; ten seconds at least, 0 turns it"
              + " off.");
  static final Flag<Duration> DISCOVERY_KEEPALIVE_TIMEOUT =
      discoveryDuration(
          "discovery-keepalive-timeout", "6s", "Time for the answer to a probe to come.");
  static final Flag<Boolean> DISCOVERY_INSECURE_TRANSPORT =
      works(
          "discovery-insecure-transport",
          CLUSTERING,
          SWITCH,
          "true",
          "No TLS to --discovery-endpoints that are no URLs, unless a file below asks for it.");
  static final Flag<Boolean> DISCOVERY_INSECURE_SKIP_TLS_VERIFY =
      works(
          "discovery-insecure-skip-tls-verify",
          CLUSTERING,
          SWITCH,
          "false",
          "Accept any certificate of theirs (for tests).");
  static final Flag<String> DISCOVERY_CERT =
      discoveryText("discovery-cert", "PEM file with the certificate shown to them.");
  static final Flag<String> DISCOVERY_KEY =
      discoveryText("discovery-key", "PEM file with the key of that certificate.");
  static final Flag<String> DISCOVERY_CACERT =
      discoveryText(
          "discovery-cacert", "PEM file with the authorities that sign their certificates.");
  static final Flag<String> DISCOVERY_USER =
      discoveryText("discovery-user", "User of theirs, as name or name:password.");
  static final Flag<String> DISCOVERY_PASSWORD =
      discoveryText("discovery-password", "Password of --discovery-user.");
  static final Flag<String> INITIAL_CLUSTER_STATE =
      works(
          "initial-cluster-state",
          CLUSTERING,
          choice("new", "existing"),
          "new",
          "'new' forms a cluster, 'existing' joins one that already lists this member. Ignored"
              + " once the data directory belongs to a cluster.");
  static final Flag<String> INITIAL_CLUSTER_TOKEN =
      works(
          "initial-cluster-token",
          CLUSTERING,
          TEXT,
          "etcd-cluster",
          "Text that makes the ids of this cluster differ from those of another with the same"
              + " URLs.");
  static final Flag<List<Url>> ADVERTISE_CLIENT_URLS =
      works(
          "advertise-client-urls",
          CLUSTERING,
          URLS,
          "http://localhost:2379",
          "Client URLs that the member publishes. Required when --listen-client-urls is set.");
  static final Flag<Boolean> STRICT_RECONFIG_CHECK =
      works(
          "strict-reconfig-check",
          CLUSTERING,
          SWITCH,
          "true",
          "Refuse membership changes that would endanger the quorum.");
  static final Flag<Boolean> PRE_VOTE =
      works(
          "pre-vote",
          CLUSTERING,
          SWITCH,
          "true",
          "Ask the others before an election disturbs a leader.");
  static final Flag<Long> MAX_LEARNERS =
      works(
          "max-learners",
          CLUSTERING,
          whole(0, 1_000),
          "1",
          "Learners the cluster may have at a time.");
  static final Flag<Long> EXPECT_CLUSTER_ID =
      works(
          "expect-cluster-id",
          KVORUM,
          OPTIONAL_ID,
          "",
          "Refuse to run in any cluster but the one with this id (hexadecimal).");

  static final List<Flag<?>> ALL =
      List.of(
          INITIAL_ADVERTISE_PEER_URLS,
          INITIAL_CLUSTER,
          INITIAL_CLUSTER_STATE,
          INITIAL_CLUSTER_TOKEN,
          ADVERTISE_CLIENT_URLS,
          DISCOVERY,
          DISCOVERY_PROXY,
          DISCOVERY_FALLBACK,
          DISCOVERY_SRV,
          DISCOVERY_SRV_NAME,
          DISCOVERY_TOKEN,
          DISCOVERY_ENDPOINTS,
          DISCOVERY_DIAL_TIMEOUT,
          DISCOVERY_REQUEST_TIMEOUT,
          DISCOVERY_KEEPALIVE_TIME,
          DISCOVERY_KEEPALIVE_TIMEOUT,
          DISCOVERY_INSECURE_TRANSPORT,
          DISCOVERY_INSECURE_SKIP_TLS_VERIFY,
          DISCOVERY_CERT,
          DISCOVERY_KEY,
          DISCOVERY_CACERT,
          DISCOVERY_USER,
          DISCOVERY_PASSWORD,
          STRICT_RECONFIG_CHECK,
          PRE_VOTE,
          AUTO_COMPACTION_RETENTION,
          AUTO_COMPACTION_MODE,
          MAX_LEARNERS,
          noEffect(
              "v2-deprecation",
              CLUSTERING,
              choice(
                  "not-yet", "write-only", "write-only-skip-check", "write-only-drop-data", "gone"),
              "write-only",
              "there is no v2 data to deprecate"),
          EXPECT_CLUSTER_ID);

  private ClusteringFlags() {}

  private static Flag<Duration> discoveryDuration(String name, String defaultText, String help) {
    return works(name, CLUSTERING, duration(Duration.ZERO), defaultText, help);
  }

  private static Flag<String> discoveryText(String name, String help) {
    return works(name, CLUSTERING, TEXT, "", help);
  }
}
