package io.kvorum.node.server.config;

import static io.kvorum.node.server.config.Flag.noEffect;
import static io.kvorum.node.server.config.Flag.refused;
import static io.kvorum.node.server.config.Flag.works;
import static io.kvorum.node.server.config.Group.CLUSTERING;
import static io.kvorum.node.server.config.Group.LOGGING;
import static io.kvorum.node.server.config.Group.MEMBER;
import static io.kvorum.node.server.config.Group.MONITORING;
import static io.kvorum.node.server.config.Group.SECURITY;
import static io.kvorum.node.server.config.ValueType.LIST;
import static io.kvorum.node.server.config.ValueType.OPTIONAL_URLS;
import static io.kvorum.node.server.config.ValueType.SWITCH;
import static io.kvorum.node.server.config.ValueType.TEXT;
import static io.kvorum.node.server.config.ValueType.choice;
import static io.kvorum.node.server.config.ValueType.duration;
import static io.kvorum.node.server.config.ValueType.whole;

import java.time.Duration;
import java.util.List;

/// The flags of `grpc-proxy start`.
final class GrpcProxyFlags {

  private static final long MAX_UNSIGNED_INT = 0xFFFF_FFFFL;

  static final Flag<String> ADVERTISE_CLIENT_URL =
      works(
          "advertise-client-url",
          MEMBER,
          TEXT,
          "127.0.0.1:23790",
          "Where clients reach this proxy, which the member list names then; with nothing here it"
              + " names the members themselves.");
  static final Flag<String> DATA_DIR =
      works("data-dir", MEMBER, TEXT, "default.proxy", "Folder for what --auto-tls makes.");
  static final Flag<String> NAMESPACE =
      works(
          "namespace",
          MEMBER,
          TEXT,
          "",
          "What stands before every key on the members; clients see their keys without it.");
  static final Flag<Long> MAX_SEND_BYTES =
      works(
          "max-send-bytes",
          MEMBER,
          whole(1, Integer.MAX_VALUE),
          "1572864",
          "The largest request; what stands around it comes on top.");
  static final Flag<Long> MAX_RECV_BYTES =
      works(
          "max-recv-bytes",
          MEMBER,
          whole(1, Integer.MAX_VALUE),
          "2147483647",
          "The largest answer of a member.");
  static final Flag<Long> MAX_CONCURRENT_STREAMS =
      works(
          "max-concurrent-streams",
          MEMBER,
          whole(1, MAX_UNSIGNED_INT),
          "4294967295",
          "Calls that a client may have open at a time on one connection.");
  static final Flag<Duration> GRPC_KEEPALIVE_MIN_TIME =
      works(
          "grpc-keepalive-min-time",
          MEMBER,
          duration(Duration.ZERO),
          "5s",
          "A client that pings more often is disconnected.");
  static final Flag<Duration> GRPC_KEEPALIVE_INTERVAL =
      works(
          "grpc-keepalive-interval",
          MEMBER,
          duration(Duration.ZERO),
          "2h0m0s",
          "How often a silent client is pinged; 0 never.");
  static final Flag<Duration> GRPC_KEEPALIVE_TIMEOUT =
      works(
          "grpc-keepalive-timeout",
          MEMBER,
          duration(Duration.ZERO),
          "20s",
          "How long that ping may stay unanswered.");
  static final Flag<Duration> ENDPOINTS_AUTO_SYNC_INTERVAL =
      works(
          "endpoints-auto-sync-interval",
          CLUSTERING,
          duration(Duration.ZERO),
          "0s",
          "How often the members are asked who they are, to follow them; 0 never.");
  static final Flag<Duration> DIAL_KEEPALIVE_TIME =
      works(
          "dial-keepalive-time",
          CLUSTERING,
          duration(Duration.ZERO),
          "10s",
          "How often a silent member is pinged while calls are open, so that one that froze is"
              + " noticed; 0 never.");
  static final Flag<Duration> DIAL_KEEPALIVE_TIMEOUT =
      works(
          "dial-keepalive-timeout",
          CLUSTERING,
          duration(Duration.ofMillis(1)),
          "20s",
          "How long that ping may stay unanswered.");
  static final Flag<Boolean> PERMIT_WITHOUT_STREAM =
      works(
          "permit-without-stream",
          CLUSTERING,
          SWITCH,
          "false",
          "Ping members also while no call is open; they must allow it.");
  static final Flag<String> RESOLVER_PREFIX =
      works(
          "resolver-prefix",
          CLUSTERING,
          TEXT,
          "",
          "Key below which the proxies of a cluster register; the member list names all of them"
              + " then.");
  static final Flag<Long> RESOLVER_TTL =
      works(
          "resolver-ttl",
          CLUSTERING,
          whole(Integer.MIN_VALUE, Integer.MAX_VALUE),
          "0",
          "Seconds after which a proxy that is gone is no longer registered.");

  static final Flag<String> CERT =
      works("cert", SECURITY, TEXT, "", "PEM file with the certificate shown to members.");
  static final Flag<String> KEY =
      works("key", SECURITY, TEXT, "", "PEM file with the key of that certificate.");
  static final Flag<String> CACERT =
      works(
          "cacert",
          SECURITY,
          TEXT,
          "",
          "PEM file with the authorities of members; the JVM's when not set.");
  static final Flag<Boolean> INSECURE_SKIP_TLS_VERIFY =
      works(
          "insecure-skip-tls-verify",
          SECURITY,
          SWITCH,
          "false",
          "Encrypt the way to the members without asking who they are.");
  static final Flag<String> CERT_FILE = SecurityFlags.CERT_FILE;
  static final Flag<String> KEY_FILE = SecurityFlags.KEY_FILE;
  static final Flag<String> TRUSTED_CA_FILE = SecurityFlags.TRUSTED_CA_FILE;
  static final Flag<Boolean> AUTO_TLS =
      works(
          "auto-tls",
          SECURITY,
          SWITCH,
          "false",
          "Show clients a certificate that the proxy makes itself, when no file names one.");
  static final Flag<String> CLIENT_CRL_FILE = SecurityFlags.CLIENT_CRL_FILE;
  static final Flag<Long> SELF_SIGNED_CERT_VALIDITY =
      works(
          "self-signed-cert-validity",
          SECURITY,
          whole(1, 1_000),
          "1",
          "Years for which a certificate of --auto-tls is valid.");
  static final Flag<List<String>> LISTEN_CIPHER_SUITES =
      works(
          "listen-cipher-suites",
          SECURITY,
          LIST,
          "",
          "Cipher suites of TLS 1.2 towards clients, in the order of preference.");
  static final Flag<String> TLS_MIN_VERSION = SecurityFlags.TLS_MIN_VERSION;
  static final Flag<String> TLS_MAX_VERSION =
      works(
          "tls-max-version",
          SECURITY,
          choice("", "TLS1.2", "TLS1.3"),
          "",
          "Highest version of TLS; the highest there is when not set.");

  static final Flag<List<Url>> METRICS_ADDR =
      works(
          "metrics-addr",
          MONITORING,
          OPTIONAL_URLS,
          "",
          "URL of a further listener for health and metrics alone, such as http://127.0.0.1:2381.");
  static final Flag<Boolean> DEBUG =
      works("debug", LOGGING, SWITCH, "false", "Log at the level debug.");

  static final FlagList LIST_OF_ALL =
      new FlagList(
          "grpc-proxy",
          "Serves the API on behalf of members: one watch of theirs for all that watch the same.",
          List.of(
              UpstreamFlags.LISTEN_ADDR,
              ADVERTISE_CLIENT_URL,
              DATA_DIR,
              NAMESPACE,
              MAX_SEND_BYTES,
              MAX_RECV_BYTES,
              MAX_CONCURRENT_STREAMS,
              GRPC_KEEPALIVE_MIN_TIME,
              GRPC_KEEPALIVE_INTERVAL,
              GRPC_KEEPALIVE_TIMEOUT,
              UpstreamFlags.ENDPOINTS,
              UpstreamFlags.DISCOVERY_SRV,
              UpstreamFlags.DISCOVERY_SRV_NAME,
              UpstreamFlags.INSECURE_DISCOVERY,
              ENDPOINTS_AUTO_SYNC_INTERVAL,
              DIAL_KEEPALIVE_TIME,
              DIAL_KEEPALIVE_TIMEOUT,
              PERMIT_WITHOUT_STREAM,
              RESOLVER_PREFIX,
              RESOLVER_TTL,
              CERT,
              KEY,
              CACERT,
              INSECURE_SKIP_TLS_VERIFY,
              CERT_FILE,
              KEY_FILE,
              TRUSTED_CA_FILE,
              AUTO_TLS,
              CLIENT_CRL_FILE,
              SELF_SIGNED_CERT_VALIDITY,
              LISTEN_CIPHER_SUITES,
              TLS_MIN_VERSION,
              TLS_MAX_VERSION,
              METRICS_ADDR,
              noEffect(
                  "enable-pprof",
                  MONITORING,
                  SWITCH,
                  "false",
                  "pprof profiles Go programs; use jcmd and the JDK's flight recorder"),
              DEBUG,
              noEffect(
                  "experimental-enable-grpc-logging",
                  LOGGING,
                  SWITCH,
                  "false",
                  "what gRPC has to say is in the log at the level debug"),
              refused(
                  "experimental-leasing-prefix",
                  MEMBER,
                  TEXT,
                  "",
                  "keys cannot be leased to a proxy; serializable reads are answered from memory"
                      + " without it"),
              refused(
                  "experimental-serializable-ordering",
                  MEMBER,
                  SWITCH,
                  "false",
                  "members are asked in turn, and one may be behind another; read linearizably, or"
                      + " name one endpoint")));

  private GrpcProxyFlags() {}
}
