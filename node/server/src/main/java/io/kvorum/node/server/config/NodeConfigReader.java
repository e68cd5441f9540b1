package io.kvorum.node.server.config;

import static io.kvorum.node.server.config.StartFailure.configuration;

import io.kvorum.node.server.MemberConfig;
import io.kvorum.node.server.Retention;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads a command line and an environment into what shall be done: run, or print and exit.
public final class NodeConfigReader {

  private static final long MAX_ELECTION_MILLIS = 50_000;
  private static final int HEARTBEATS_PER_ELECTION = 5;

  private final Settings settings;
  private final LocalHost localHost;

  private NodeConfigReader(Settings settings, LocalHost localHost) {
    this.settings = settings;
    this.localHost = localHost;
  }

  /// What a command line asks for.
  public sealed interface Request {

    /// Run a member; the notices are for its log.
    record Run(NodeConfig config, List<Notice> notices) implements Request {
      public Run {
        notices = List.copyOf(notices);
      }
    }

    /// Print a text and exit.
    record Print(String text) implements Request {}
  }

  /// The address of the default route, asked for only when it is needed.
  @FunctionalInterface
  public interface LocalHost {
    /// The address as text, or empty when there is no default route.
    String address();
  }

  /// Reads what to do.
  ///
  /// @throws StartFailure with one line that names what is wrong and what would be right
  public static Request read(
      List<String> arguments, Map<String, String> environment, LocalHost localHost) {
    CommandLine line = CommandLine.parse(arguments);
    if (line.help()) {
      return new Request.Print(HelpText.text());
    }
    Given version = line.given().get("version");
    if (version != null && ValueType.SWITCH.parse(version.text())) {
      return new Request.Print(Version.text());
    }
    Settings settings = Settings.gather(line.given(), environment);
    NodeConfig config = new NodeConfigReader(settings, localHost).config();
    return new Request.Run(config, settings.notices());
  }

  private NodeConfig config() {
    String name = settings.value(MemberFlags.NAME);
    String given = settings.value(MemberFlags.DATA_DIR);
    Path dataDirectory = Path.of(given.isEmpty() ? name + ".etcd" : given).toAbsolutePath();
    String log = settings.value(MemberFlags.WAL_DIR);
    return new NodeConfig(
        name,
        dataDirectory,
        log.isEmpty()
            ? dataDirectory.resolve("member").resolve("log")
            : Path.of(log).toAbsolutePath(),
        listen(),
        cluster(name),
        calls(),
        clientTls(),
        peerTls(),
        logging(),
        settings.value(MonitoringFlags.METRICS).equals("extensive"),
        http(),
        settings.value(MonitoringFlags.WARNING_APPLY_DURATION),
        timing(),
        limits(),
        auth(),
        proxy());
  }

  private ProxySettings proxy() {
    return new ProxySettings(
        ProxySettings.Mode.valueOf(settings.value(StoreFlags.PROXY).toUpperCase(Locale.ROOT)),
        !settings.value(ClusteringFlags.DISCOVERY_FALLBACK).equals("exit"),
        Duration.ofMillis(settings.value(StoreFlags.PROXY_FAILURE_WAIT)),
        Duration.ofMillis(settings.value(StoreFlags.PROXY_REFRESH_INTERVAL)),
        Duration.ofMillis(settings.value(StoreFlags.PROXY_DIAL_TIMEOUT)),
        Duration.ofMillis(settings.value(StoreFlags.PROXY_READ_TIMEOUT)));
  }

  private AuthSettings auth() {
    long ttlSeconds = settings.value(SecurityFlags.AUTH_TOKEN_TTL);
    return new AuthSettings(
        TokenSpec.parse(settings.value(SecurityFlags.AUTH_TOKEN)),
        ttlSeconds == 0 ? AuthSettings.DEFAULT.tokenTtl() : Duration.ofSeconds(ttlSeconds),
        Math.toIntExact(settings.value(SecurityFlags.BCRYPT_COST)),
        settings.value(SecurityFlags.CLIENT_CERT_AUTH));
  }

  private NodeConfig.Listen listen() {
    List<Url> peers = settings.value(MemberFlags.LISTEN_PEER_URLS);
    if (peers.stream().map(Url::secure).distinct().count() > 1) {
      throw configuration(
          settings.subject(MemberFlags.LISTEN_PEER_URLS)
              + "="
              + Url.join(peers)
              + " mixes http and https: use one of them");
    }
    return new NodeConfig.Listen(
        bindable(MemberFlags.LISTEN_PEER_URLS),
        bindable(MemberFlags.LISTEN_CLIENT_URLS),
        bindable(MemberFlags.LISTEN_CLIENT_HTTP_URLS),
        bindable(MonitoringFlags.LISTEN_METRICS_URLS),
        settings.value(MemberFlags.SOCKET_REUSE_PORT),
        settings.value(MemberFlags.SOCKET_REUSE_ADDRESS));
  }

  /// A name could resolve to another machine's address tomorrow, so listeners take none but
  /// localhost.
  private List<Url> bindable(Flag<List<Url>> flag) {
    List<Url> urls = settings.value(flag);
    for (Url url : urls) {
      if (!url.host().equals("localhost") && !isAddress(url.host())) {
        throw configuration(
            "expected IP in URL for binding ("
                + url
                + ") in "
                + settings.subject(flag)
                + ": use an IP address such as 0.0.0.0, or localhost");
      }
    }
    return urls;
  }

  private static boolean isAddress(String host) {
    try {
      InetAddress.ofLiteral(host);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private NodeConfig.Cluster cluster(String name) {
    if (settings.isSet(MemberFlags.LISTEN_CLIENT_URLS)
        && !settings.isSet(ClusteringFlags.ADVERTISE_CLIENT_URLS)) {
      throw configuration(
          "--advertise-client-urls is required when --listen-client-urls is set explicitly");
    }
    List<Url> peerUrls =
        advertised(ClusteringFlags.INITIAL_ADVERTISE_PEER_URLS, MemberFlags.LISTEN_PEER_URLS);
    List<Url> clientUrls =
        advertised(ClusteringFlags.ADVERTISE_CLIENT_URLS, MemberFlags.LISTEN_CLIENT_URLS);
    boolean initialSet = settings.isSet(ClusteringFlags.INITIAL_CLUSTER);
    boolean joining = settings.value(ClusteringFlags.INITIAL_CLUSTER_STATE).equals("existing");
    return new NodeConfig.Cluster(
        peerUrls,
        clientUrls,
        initialSet
            ? settings.value(ClusteringFlags.INITIAL_CLUSTER)
            : String.join(",", peerUrls.stream().map(url -> name + "=" + url).toList()),
        DiscoveryReader.read(settings),
        joining,
        settings.value(ClusteringFlags.INITIAL_CLUSTER_TOKEN),
        settings.value(ClusteringFlags.EXPECT_CLUSTER_ID));
  }

  /// The URLs to publish. A member that listens on all addresses and was told nothing publishes the
  /// address of its default route: others cannot reach it as localhost.
  private List<Url> advertised(Flag<List<Url>> flag, Flag<List<Url>> listenFlag) {
    List<Url> urls = settings.value(flag);
    for (Url url : urls) {
      if (url.host().isEmpty()) {
        throw configuration(
            settings.subject(flag)
                + " \""
                + url
                + "\" must be \"host:port\" (unexpected empty host ("
                + url
                + "))");
      }
    }
    Url listen = settings.value(listenFlag).getFirst();
    if (settings.isSet(flag) || !listen.host().equals("0.0.0.0")) {
      return urls;
    }
    String address = localHost.address();
    return address.isEmpty() ? urls : List.of(urls.getFirst().withHostAndPort(address, listen));
  }

  private NodeConfig.Calls calls() {
    return new NodeConfig.Calls(
        (int) Math.min(settings.value(MemberFlags.MAX_CONCURRENT_STREAMS), Integer.MAX_VALUE),
        settings.value(MemberFlags.GRPC_KEEPALIVE_MIN_TIME),
        settings.value(MemberFlags.GRPC_KEEPALIVE_INTERVAL),
        settings.value(MemberFlags.GRPC_KEEPALIVE_TIMEOUT));
  }

  private TlsFiles clientTls() {
    return checked(
        new TlsFiles(
            settings.value(SecurityFlags.CERT_FILE),
            settings.value(SecurityFlags.KEY_FILE),
            "",
            "",
            settings.value(SecurityFlags.TRUSTED_CA_FILE),
            settings.value(SecurityFlags.CLIENT_CERT_AUTH)
                || !settings.value(SecurityFlags.TRUSTED_CA_FILE).isEmpty(),
            settings.value(SecurityFlags.CLIENT_CRL_FILE),
            List.of(),
            settings.value(SecurityFlags.CLIENT_CERT_ALLOWED_HOSTNAME),
            settings.value(SecurityFlags.CIPHER_SUITES),
            settings.value(SecurityFlags.TLS_MIN_VERSION),
            settings.value(SecurityFlags.TLS_MAX_VERSION),
            selfSignedYears(SecurityFlags.AUTO_TLS, SecurityFlags.CERT_FILE)),
        "",
        List.of(
            MemberFlags.LISTEN_CLIENT_URLS,
            MemberFlags.LISTEN_CLIENT_HTTP_URLS,
            MonitoringFlags.LISTEN_METRICS_URLS));
  }

  private TlsFiles peerTls() {
    return checked(
        new TlsFiles(
            settings.value(SecurityFlags.PEER_CERT_FILE),
            settings.value(SecurityFlags.PEER_KEY_FILE),
            settings.value(SecurityFlags.PEER_CLIENT_CERT_FILE),
            settings.value(SecurityFlags.PEER_CLIENT_KEY_FILE),
            settings.value(SecurityFlags.PEER_TRUSTED_CA_FILE),
            settings.value(SecurityFlags.PEER_CLIENT_CERT_AUTH)
                || !settings.value(SecurityFlags.PEER_TRUSTED_CA_FILE).isEmpty(),
            settings.value(SecurityFlags.PEER_CRL_FILE),
            settings.value(SecurityFlags.PEER_CERT_ALLOWED_CN),
            settings.value(SecurityFlags.PEER_CERT_ALLOWED_HOSTNAME),
            settings.value(SecurityFlags.CIPHER_SUITES),
            settings.value(SecurityFlags.TLS_MIN_VERSION),
            settings.value(SecurityFlags.TLS_MAX_VERSION),
            selfSignedYears(SecurityFlags.PEER_AUTO_TLS, SecurityFlags.PEER_CERT_FILE)),
        "peer-",
        List.of(MemberFlags.LISTEN_PEER_URLS));
  }

  /// Files that are named win over the wish for a pair of its own, as in etcd.
  private int selfSignedYears(Flag<Boolean> wanted, Flag<String> certificate) {
    boolean own = settings.value(wanted) && settings.value(certificate).isEmpty();
    return own ? Math.toIntExact(settings.value(SecurityFlags.SELF_SIGNED_CERT_VALIDITY)) : 0;
  }

  private TlsFiles checked(TlsFiles tls, String plane, List<Flag<List<Url>>> listeners) {
    TlsFiles.requireBoth(tls.certificate(), plane + "cert-file", tls.key(), plane + "key-file");
    TlsFiles.requireBoth(
        tls.dialCertificate(),
        plane + "client-cert-file",
        tls.dialKey(),
        plane + "client-key-file");
    for (Flag<List<Url>> flag : listeners) {
      for (Url url : settings.value(flag)) {
        if (url.secure() && !tls.canListen() && !tls.isSelfSigned()) {
          throw configuration(
              settings.subject(flag)
                  + " has "
                  + url
                  + ", which needs --"
                  + plane
                  + "cert-file and --"
                  + plane
                  + "key-file");
        }
      }
    }
    tls.requireSense("--cipher-suites");
    return tls;
  }

  private NodeConfig.Logging logging() {
    String level = settings.value(MonitoringFlags.LOG_LEVEL);
    boolean debug = (Boolean) settings.value(FlagTable.named("debug"));
    return new NodeConfig.Logging(
        debug
            ? NodeConfig.Logging.Level.DEBUG
            : switch (level) {
              case "dpanic", "panic", "fatal" -> NodeConfig.Logging.Level.FATAL;
              case String _ -> NodeConfig.Logging.Level.valueOf(level.toUpperCase(Locale.ROOT));
            },
        settings.value(MonitoringFlags.LOG_FORMAT).equals("console"),
        logOutputs());
  }

  private List<String> logOutputs() {
    List<String> outputs = settings.value(MonitoringFlags.LOG_OUTPUTS);
    if (outputs.isEmpty() || outputs.contains("")) {
      throw configuration(
          settings.subject(MonitoringFlags.LOG_OUTPUTS)
              + " has an empty entry: expected default, stderr, stdout, or paths of files");
    }
    if (outputs.contains("default") && outputs.size() > 1) {
      throw configuration(
          "multi logoutput for \"default\" is not supported: "
              + settings.subject(MonitoringFlags.LOG_OUTPUTS)
              + "="
              + String.join(",", outputs));
    }
    return outputs;
  }

  private NodeConfig.Http http() {
    List<String> hosts = settings.value(SecurityFlags.HOST_WHITELIST);
    return new NodeConfig.Http(
        hosts.contains("*") || hosts.contains("") ? List.of() : hosts,
        settings.value(SecurityFlags.CORS),
        settings.value(MemberFlags.ENABLE_GRPC_GATEWAY),
        settings.value(MemberFlags.ENABLE_V2));
  }

  private MemberConfig.Timing timing() {
    long heartbeat = settings.value(MemberFlags.HEARTBEAT_INTERVAL);
    long election = settings.value(MemberFlags.ELECTION_TIMEOUT);
    if (heartbeat == 0) {
      throw configuration("--heartbeat-interval must be >0 (set to 0ms)");
    }
    if (election == 0) {
      throw configuration("--election-timeout must be >0 (set to 0ms)");
    }
    if (election < HEARTBEATS_PER_ELECTION * heartbeat) {
      throw configuration(
          "--election-timeout[%dms] should be at least as 5 times as --heartbeat-interval[%dms]"
              .formatted(election, heartbeat));
    }
    if (election > MAX_ELECTION_MILLIS) {
      throw configuration(
          "--election-timeout[%dms] is too long, and should be set less than %dms"
              .formatted(election, MAX_ELECTION_MILLIS));
    }
    return new MemberConfig.Timing(
        (int) heartbeat,
        (int) (election / heartbeat),
        settings.value(ClusteringFlags.PRE_VOTE),
        settings.value(StoreFlags.WATCH_PROGRESS_NOTIFY_INTERVAL));
  }

  private MemberConfig.Limits limits() {
    return new MemberConfig.Limits(
        settings.value(MemberFlags.QUOTA_BACKEND_BYTES),
        Math.toIntExact(settings.value(MemberFlags.MAX_REQUEST_BYTES)),
        Math.toIntExact(settings.value(MemberFlags.MAX_TXN_OPS)),
        Math.toIntExact(settings.value(ClusteringFlags.MAX_LEARNERS)),
        settings.value(ClusteringFlags.STRICT_RECONFIG_CHECK),
        Math.toIntExact(settings.value(StoreFlags.SNAPSHOT_CATCHUP_ENTRIES)),
        retention());
  }

  /// A bare number means hours, or revisions; 0 keeps everything.
  private Retention retention() {
    String text = settings.value(ClusteringFlags.AUTO_COMPACTION_RETENTION);
    boolean byRevision = settings.value(ClusteringFlags.AUTO_COMPACTION_MODE).equals("revision");
    try {
      if (byRevision) {
        long count = ValueType.whole(0, Long.MAX_VALUE).parse(text);
        return count == 0 ? new Retention.Everything() : new Retention.Revisions(count);
      }
      Duration period =
          text.matches("\\d{1,6}")
              ? Duration.ofHours(Long.parseLong(text))
              : ValueType.duration(Duration.ZERO).parse(text);
      return period.isZero() ? new Retention.Everything() : new Retention.Period(period);
    } catch (IllegalArgumentException e) {
      throw configuration(
          "invalid value \"%s\" for %s: %s%s"
              .formatted(
                  text,
                  settings.subject(ClusteringFlags.AUTO_COMPACTION_RETENTION),
                  e.getMessage(),
                  byRevision ? " of revisions" : ", or a whole number of hours"));
    }
  }
}
