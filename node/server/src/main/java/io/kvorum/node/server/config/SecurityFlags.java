package io.kvorum.node.server.config;

import static io.kvorum.node.server.config.Flag.noEffect;
import static io.kvorum.node.server.config.Flag.works;
import static io.kvorum.node.server.config.Group.AUTH;
import static io.kvorum.node.server.config.Group.SECURITY;
import static io.kvorum.node.server.config.ValueType.LIST;
import static io.kvorum.node.server.config.ValueType.SWITCH;
import static io.kvorum.node.server.config.ValueType.TEXT;
import static io.kvorum.node.server.config.ValueType.choice;
import static io.kvorum.node.server.config.ValueType.whole;

import java.util.List;

/// The flags about keys, certificates, and who may call.
final class SecurityFlags {

  static final Flag<String> CERT_FILE =
      works("cert-file", SECURITY, TEXT, "", "PEM file with the certificate shown to clients.");
  static final Flag<String> KEY_FILE =
      works("key-file", SECURITY, TEXT, "", "PEM file with the key of that certificate.");
  static final Flag<Boolean> CLIENT_CERT_AUTH =
      works("client-cert-auth", SECURITY, SWITCH, "false", "Require certificates of clients.");
  static final Flag<String> TRUSTED_CA_FILE =
      works(
          "trusted-ca-file",
          SECURITY,
          TEXT,
          "",
          "PEM file with the authorities of client certificates; setting it requires them.");
  static final Flag<List<String>> CLIENT_CERT_ALLOWED_HOSTNAME =
      works(
          "client-cert-allowed-hostname",
          SECURITY,
          LIST,
          "",
          "Host names of which a client's certificate must carry one.");
  static final Flag<String> CLIENT_CRL_FILE =
      works(
          "client-crl-file",
          SECURITY,
          TEXT,
          "",
          "File with the revoked certificates of clients; read again on every connection.");
  static final Flag<String> PEER_CERT_FILE =
      works("peer-cert-file", SECURITY, TEXT, "", "PEM file with the certificate shown to peers.");
  static final Flag<String> PEER_KEY_FILE =
      works("peer-key-file", SECURITY, TEXT, "", "PEM file with the key of that certificate.");
  static final Flag<String> PEER_CLIENT_CERT_FILE =
      works(
          "peer-client-cert-file",
          SECURITY,
          TEXT,
          "",
          "PEM file with the certificate used when dialling peers; --peer-cert-file when not set.");
  static final Flag<String> PEER_CLIENT_KEY_FILE =
      works("peer-client-key-file", SECURITY, TEXT, "", "PEM file with the key of that.");
  static final Flag<Boolean> PEER_CLIENT_CERT_AUTH =
      works("peer-client-cert-auth", SECURITY, SWITCH, "false", "Require certificates of peers.");
  static final Flag<String> PEER_TRUSTED_CA_FILE =
      works(
          "peer-trusted-ca-file",
          SECURITY,
          TEXT,
          "",
          "PEM file with the authorities of peers' certificates; setting it requires them.");
  static final Flag<String> PEER_CRL_FILE =
      works(
          "peer-crl-file",
          SECURITY,
          TEXT,
          "",
          "File with the revoked certificates of peers; read again on every connection.");
  static final Flag<List<String>> PEER_CERT_ALLOWED_CN =
      works(
          "peer-cert-allowed-cn",
          SECURITY,
          LIST,
          "",
          "Common names of which a peer's certificate must carry one.");
  static final Flag<List<String>> PEER_CERT_ALLOWED_HOSTNAME =
      works(
          "peer-cert-allowed-hostname",
          SECURITY,
          LIST,
          "",
          "Host names of which a peer's certificate must carry one.");
  static final Flag<Boolean> AUTO_TLS =
      works(
          "auto-tls",
          SECURITY,
          SWITCH,
          "false",
          "Show clients a certificate that the member makes itself, when no file names one.");
  static final Flag<Boolean> PEER_AUTO_TLS =
      works(
          "peer-auto-tls",
          SECURITY,
          SWITCH,
          "false",
          "Encrypt links between members with certificates they make themselves; nobody is"
              + " verified.");
  static final Flag<Long> SELF_SIGNED_CERT_VALIDITY =
      works(
          "self-signed-cert-validity",
          SECURITY,
          whole(1, 1_000),
          "1",
          "Years for which certificates of --auto-tls and --peer-auto-tls are valid.");
  static final Flag<List<String>> CIPHER_SUITES =
      works(
          "cipher-suites",
          SECURITY,
          LIST,
          "",
          "Cipher suites of TLS 1.2 in the order of preference; the JVM's when not set.");
  static final Flag<String> TLS_MIN_VERSION =
      works(
          "tls-min-version",
          SECURITY,
          choice("TLS1.2", "TLS1.3"),
          "TLS1.2",
          "Lowest version of TLS: TLS1.2 or TLS1.3.");
  static final Flag<String> TLS_MAX_VERSION =
      works(
          "tls-max-version",
          SECURITY,
          choice("", "TLS1.2", "TLS1.3"),
          "",
          "Highest version of TLS: TLS1.2 or TLS1.3; the highest there is when not set.");
  static final Flag<List<String>> CORS =
      works(
          "cors",
          SECURITY,
          LIST,
          "*",
          "Origins of web pages that may read what this member answers over HTTP; * means all.");
  static final Flag<List<String>> HOST_WHITELIST =
      works(
          "host-whitelist",
          SECURITY,
          LIST,
          "*",
          "Host names that plaintext HTTP requests may ask for; * and nothing mean all.");

  static final Flag<String> AUTH_TOKEN =
      works(
          "auth-token",
          AUTH,
          TEXT,
          "simple",
          "Tokens of users: simple, or jwt,sign-method=METHOD,pub-key=FILE,priv-key=FILE,ttl=5m.");
  static final Flag<Long> BCRYPT_COST =
      works(
          "bcrypt-cost",
          AUTH,
          whole(4, 31),
          "10",
          "Work of one password hash: each step more doubles it.");
  static final Flag<Long> AUTH_TOKEN_TTL =
      works(
          "auth-token-ttl",
          AUTH,
          whole(0, Integer.MAX_VALUE),
          "300",
          "Seconds that a simple token lives unused; 0 means 300.");

  static final List<Flag<?>> ALL =
      List.of(
          CERT_FILE,
          KEY_FILE,
          noEffect(
              "client-cert-file", SECURITY, TEXT, "", "a member never dials its own client port"),
          noEffect(
              "client-key-file", SECURITY, TEXT, "", "a member never dials its own client port"),
          CLIENT_CERT_AUTH,
          CLIENT_CRL_FILE,
          CLIENT_CERT_ALLOWED_HOSTNAME,
          TRUSTED_CA_FILE,
          AUTO_TLS,
          PEER_CERT_FILE,
          PEER_KEY_FILE,
          PEER_CLIENT_CERT_FILE,
          PEER_CLIENT_KEY_FILE,
          PEER_CLIENT_CERT_AUTH,
          PEER_TRUSTED_CA_FILE,
          PEER_CERT_ALLOWED_CN,
          PEER_CERT_ALLOWED_HOSTNAME,
          PEER_AUTO_TLS,
          SELF_SIGNED_CERT_VALIDITY,
          PEER_CRL_FILE,
          noEffect(
              "peer-skip-client-san-verification",
              SECURITY,
              SWITCH,
              "false",
              "addresses in peers' client certificates are not compared with where they dial from"),
          CIPHER_SUITES,
          CORS,
          HOST_WHITELIST,
          TLS_MIN_VERSION,
          TLS_MAX_VERSION,
          AUTH_TOKEN,
          BCRYPT_COST,
          AUTH_TOKEN_TTL);

  private SecurityFlags() {}
}
