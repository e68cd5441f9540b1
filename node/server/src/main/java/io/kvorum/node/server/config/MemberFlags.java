package io.kvorum.node.server.config;

import static io.kvorum.node.server.config.Flag.noEffect;
import static io.kvorum.node.server.config.Flag.works;
import static io.kvorum.node.server.config.Group.MEMBER;
import static io.kvorum.node.server.config.ValueType.OPTIONAL_URLS;
import static io.kvorum.node.server.config.ValueType.SWITCH;
import static io.kvorum.node.server.config.ValueType.TEXT;
import static io.kvorum.node.server.config.ValueType.URLS;
import static io.kvorum.node.server.config.ValueType.duration;
import static io.kvorum.node.server.config.ValueType.whole;

import java.time.Duration;
import java.util.List;

/// The flags of the member itself: where it stores, where it listens, how much it takes.
final class MemberFlags {

  private static final long MAX_MILLIS = 3_600_000;
  private static final long UINT32_MAX = 4_294_967_295L;
  private static final Duration PEER_TIMEOUT_MIN = Duration.ofSeconds(5);

  static final Flag<String> NAME =
      works("name", MEMBER, TEXT, "default", "Human-readable name of this member.");
  static final Flag<String> DATA_DIR =
      works(
          "data-dir",
          MEMBER,
          TEXT,
          "",
          "Path of the data directory; ${name}.etcd when it is not set.");
  static final Flag<String> WAL_DIR =
      works(
          "wal-dir",
          MEMBER,
          TEXT,
          "",
          "Path of the log directory; member/log inside the data directory when it is not set.");
  static final Flag<Long> SNAPSHOT_COUNT =
      noEffect(
          "snapshot-count",
          MEMBER,
          whole(1, Long.MAX_VALUE),
          "10000",
          "the state is flushed by its size, and after 200000 applied entries at the latest");
  static final Flag<Long> HEARTBEAT_INTERVAL =
      works(
          "heartbeat-interval",
          MEMBER,
          whole(0, MAX_MILLIS),
          "100",
          "Time in milliseconds between two heartbeats of the leader.");
  static final Flag<Long> ELECTION_TIMEOUT =
      works(
          "election-timeout",
          MEMBER,
          whole(0, MAX_MILLIS),
          "1000",
          "Time in milliseconds without a leader after which a member campaigns.");
  static final Flag<Boolean> INITIAL_ELECTION_TICK_ADVANCE =
      works(
          "initial-election-tick-advance",
          MEMBER,
          SWITCH,
          "true",
          "Shorten the first election timeout after a start.");
  static final Flag<List<Url>> LISTEN_PEER_URLS =
      works(
          "listen-peer-urls",
          MEMBER,
          URLS,
          "http://localhost:2380",
          "URLs to listen on for other members.");
  static final Flag<List<Url>> LISTEN_CLIENT_URLS =
      works(
          "listen-client-urls",
          MEMBER,
          URLS,
          "http://localhost:2379",
          "URLs to listen on for clients: gRPC and HTTP on the same port.");
  static final Flag<List<Url>> LISTEN_CLIENT_HTTP_URLS =
      works(
          "listen-client-http-urls",
          MEMBER,
          OPTIONAL_URLS,
          "",
          "URLs to listen on for HTTP alone; HTTP then leaves the client URLs.");
  static final Flag<Boolean> ENABLE_GRPC_GATEWAY =
      works(
          "enable-grpc-gateway",
          MEMBER,
          SWITCH,
          "true",
          "Serve the API as JSON too, below /v3/ where HTTP is served.");
  static final Flag<Boolean> ENABLE_V2 =
      works(
          "enable-v2",
          MEMBER,
          SWITCH,
          "false",
          "Serve API v2 of etcd, below /v2/ where HTTP is served: keys, members, statistics.");
  static final Flag<Long> QUOTA_BACKEND_BYTES =
      works(
          "quota-backend-bytes",
          MEMBER,
          whole(Long.MIN_VALUE, Long.MAX_VALUE),
          "0",
          "Raise an alarm when the store grows beyond this many bytes; 0 means 2 GiB, negative"
              + " means never.");
  static final Flag<Long> MAX_TXN_OPS =
      works(
          "max-txn-ops",
          MEMBER,
          whole(1, Integer.MAX_VALUE),
          "128",
          "Operations a transaction may hold.");
  static final Flag<Long> MAX_REQUEST_BYTES =
      works(
          "max-request-bytes",
          MEMBER,
          whole(1, Integer.MAX_VALUE - (1 << 20)),
          "1572864",
          "Bytes a client's request may have.");
  static final Flag<Long> MAX_CONCURRENT_STREAMS =
      works(
          "max-concurrent-streams",
          MEMBER,
          whole(1, UINT32_MAX),
          "4294967295",
          "Calls a client may have open on one connection.");
  static final Flag<Duration> GRPC_KEEPALIVE_MIN_TIME =
      works(
          "grpc-keepalive-min-time",
          MEMBER,
          duration(Duration.ZERO),
          "5s",
          "Shortest time a client has to wait between two pings.");
  static final Flag<Duration> GRPC_KEEPALIVE_INTERVAL =
      works(
          "grpc-keepalive-interval",
          MEMBER,
          duration(Duration.ZERO),
          "2h",
          "Time of silence after which a client is pinged; 0 turns it off.");
  static final Flag<Duration> GRPC_KEEPALIVE_TIMEOUT =
      works(
          "grpc-keepalive-timeout",
          MEMBER,
          duration(Duration.ZERO),
          "20s",
          "Time a pinged client has to answer; 0 turns it off.");
  static final Flag<Boolean> SOCKET_REUSE_PORT =
      works("socket-reuse-port", MEMBER, SWITCH, "false", "Set SO_REUSEPORT on listeners.");
  static final Flag<Boolean> SOCKET_REUSE_ADDRESS =
      works("socket-reuse-address", MEMBER, SWITCH, "false", "Set SO_REUSEADDR on listeners.");
  static final Flag<String> FEATURE_GATES =
      works(
          "feature-gates",
          MEMBER,
          TEXT,
          "",
          "Comma-separated Gate=bool pairs. " + FeatureGates.help());
  static final Flag<String> CONFIG_FILE =
      works(
          "config-file",
          MEMBER,
          TEXT,
          "",
          "Path of a YAML file with the configuration; all other flags and variables are then"
              + " ignored.");

  static final List<Flag<?>> ALL =
      List.of(
          NAME,
          DATA_DIR,
          WAL_DIR,
          SNAPSHOT_COUNT,
          HEARTBEAT_INTERVAL,
          ELECTION_TIMEOUT,
          INITIAL_ELECTION_TICK_ADVANCE,
          LISTEN_PEER_URLS,
          LISTEN_CLIENT_URLS,
          LISTEN_CLIENT_HTTP_URLS,
          noEffect(
              "max-snapshots",
              MEMBER,
              whole(0, UINT32_MAX),
              "5",
              "the state database is its own snapshot, there are no snapshot files to keep"),
          noEffect(
              "max-wals",
              MEMBER,
              whole(0, UINT32_MAX),
              "5",
              "log segments are recycled as soon as the flushed state covers them"),
          noEffect(
              "memory-mlock",
              MEMBER,
              SWITCH,
              "false",
              "a JVM cannot lock its pages; run it in a cgroup without swap"),
          QUOTA_BACKEND_BYTES,
          noEffect(
              "backend-bbolt-freelist-type",
              MEMBER,
              ValueType.choice("map", "array"),
              "map",
              "the state is kept by RocksDB, not bbolt"),
          noEffect(
              "backend-batch-interval",
              MEMBER,
              duration(Duration.ZERO),
              "0",
              "each committed batch is applied at once"),
          noEffect(
              "backend-batch-limit",
              MEMBER,
              whole(0, Integer.MAX_VALUE),
              "0",
              "each committed batch is applied at once"),
          MAX_TXN_OPS,
          MAX_REQUEST_BYTES,
          MAX_CONCURRENT_STREAMS,
          GRPC_KEEPALIVE_MIN_TIME,
          GRPC_KEEPALIVE_INTERVAL,
          GRPC_KEEPALIVE_TIMEOUT,
          ENABLE_GRPC_GATEWAY,
          SOCKET_REUSE_PORT,
          SOCKET_REUSE_ADDRESS,
          noEffect(
              "raft-read-timeout",
              MEMBER,
              duration(PEER_TIMEOUT_MIN),
              "5s",
              "links between members are judged by heartbeats, see --election-timeout"),
          noEffect(
              "raft-write-timeout",
              MEMBER,
              duration(PEER_TIMEOUT_MIN),
              "5s",
              "links between members are judged by heartbeats, see --election-timeout"),
          FEATURE_GATES,
          ENABLE_V2,
          noEffect(
              "next-cluster-version-compatible",
              MEMBER,
              SWITCH,
              "false",
              "it helps etcd 3.4 to join a 3.5 cluster; members of Kvorum form clusters of their"
                  + " own"),
          works("version", MEMBER, SWITCH, "false", "Print the version and exit."),
          CONFIG_FILE);

  private MemberFlags() {}
}
