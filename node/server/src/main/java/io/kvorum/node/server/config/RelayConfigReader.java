package io.kvorum.node.server.config;

import static io.kvorum.node.server.config.StartFailure.configuration;

import io.kvorum.node.server.config.RelayConfig.Dialling;
import io.kvorum.node.server.config.RelayConfig.Registration;
import java.util.List;
import java.util.Optional;

/// Reads the command lines of `grpc-proxy start` and `gateway start`.
public final class RelayConfigReader {

  private final Settings settings;

  private RelayConfigReader(Settings settings) {
    this.settings = settings;
  }

  /// What a command line asks for.
  public sealed interface Request {
    record Print(String text) implements Request {}

    record Run(RelayConfig config, List<Notice> notices) implements Request {
      public Run {
        notices = List.copyOf(notices);
      }
    }
  }

  /// Whether a command line is for one of them.
  public static boolean concerns(List<String> arguments) {
    return !arguments.isEmpty()
        && (arguments.getFirst().equals(GrpcProxyFlags.LIST_OF_ALL.program())
            || arguments.getFirst().equals(GatewayFlags.LIST.program()));
  }

  /// Reads a command line whose first word is `grpc-proxy` or `gateway`.
  public static Request read(List<String> arguments) {
    boolean proxy = arguments.getFirst().equals(GrpcProxyFlags.LIST_OF_ALL.program());
    FlagList flags = proxy ? GrpcProxyFlags.LIST_OF_ALL : GatewayFlags.LIST;
    return switch (flags.read(arguments.subList(1, arguments.size()))) {
      case FlagList.Asked.Help(String text) -> new Request.Print(text);
      case FlagList.Asked.Start(Settings settings) -> {
        var reader = new RelayConfigReader(settings);
        yield new Request.Run(proxy ? reader.proxy() : reader.gateway(), settings.notices());
      }
    };
  }

  private RelayConfig gateway() {
    return new RelayConfig.Gateway(
        listen(),
        members(),
        settings.value(GatewayFlags.TRUSTED_CA_FILE),
        settings.value(GatewayFlags.RETRY_DELAY));
  }

  private RelayConfig proxy() {
    return new RelayConfig.GrpcProxy(
        listen(),
        metrics(),
        members(),
        settings.value(GrpcProxyFlags.ADVERTISE_CLIENT_URL),
        registration(),
        settings.value(GrpcProxyFlags.NAMESPACE),
        settings.value(GrpcProxyFlags.ENDPOINTS_AUTO_SYNC_INTERVAL),
        dialling(),
        Math.toIntExact(settings.value(GrpcProxyFlags.MAX_SEND_BYTES)),
        new NodeConfig.Calls(
            (int)
                Math.min(settings.value(GrpcProxyFlags.MAX_CONCURRENT_STREAMS), Integer.MAX_VALUE),
            settings.value(GrpcProxyFlags.GRPC_KEEPALIVE_MIN_TIME),
            settings.value(GrpcProxyFlags.GRPC_KEEPALIVE_INTERVAL),
            settings.value(GrpcProxyFlags.GRPC_KEEPALIVE_TIMEOUT)),
        listenTls(),
        settings.value(GrpcProxyFlags.DATA_DIR),
        settings.value(GrpcProxyFlags.DEBUG));
  }

  private Endpoint listen() {
    String text = settings.value(UpstreamFlags.LISTEN_ADDR);
    Endpoint listen = endpoint(UpstreamFlags.LISTEN_ADDR, text);
    if (listen.scheme() != Endpoint.Scheme.NONE) {
      throw configuration("--listen-addr=" + text + " has a scheme: give host:port alone");
    }
    return listen;
  }

  private RelayConfig.Members members() {
    String domain = settings.value(UpstreamFlags.DISCOVERY_SRV);
    List<Endpoint> listed =
        settings.value(UpstreamFlags.ENDPOINTS).stream()
            .map(text -> endpoint(UpstreamFlags.ENDPOINTS, text))
            .toList();
    if (listed.isEmpty() && domain.isEmpty()) {
      throw configuration("no endpoints found: set --endpoints or --discovery-srv");
    }
    return new RelayConfig.Members(
        listed,
        domain,
        settings.value(UpstreamFlags.DISCOVERY_SRV_NAME),
        settings.value(UpstreamFlags.INSECURE_DISCOVERY));
  }

  private Endpoint endpoint(Flag<?> flag, String text) {
    try {
      return Endpoint.parse(text);
    } catch (IllegalArgumentException e) {
      throw configuration(
          "invalid value \"" + text + "\" for " + settings.subject(flag) + ": " + e.getMessage());
    }
  }

  private List<Url> metrics() {
    List<Url> urls = settings.value(GrpcProxyFlags.METRICS_ADDR);
    if (urls.stream().anyMatch(Url::secure) && !listenTls().canListen() && !isSelfSigned()) {
      throw configuration("--metrics-addr has https, which needs --cert-file and --key-file");
    }
    return urls;
  }

  private Optional<Registration> registration() {
    String prefix = settings.value(GrpcProxyFlags.RESOLVER_PREFIX);
    long ttl = settings.value(GrpcProxyFlags.RESOLVER_TTL);
    if (prefix.isEmpty()) {
      if (ttl > 0) {
        throw configuration("invalid resolver-prefix \"\": --resolver-ttl is set");
      }
      return Optional.empty();
    }
    if (ttl < 1) {
      throw configuration("invalid resolver-ttl " + ttl + ": --resolver-prefix is set");
    }
    if (settings.value(GrpcProxyFlags.ADVERTISE_CLIENT_URL).isEmpty()) {
      throw configuration("invalid advertise-client-url \"\": --resolver-prefix is set");
    }
    return Optional.of(new Registration(prefix, ttl));
  }

  private Dialling dialling() {
    Discovery.Tls tls =
        new Discovery.Tls(
            settings.value(GrpcProxyFlags.CERT),
            settings.value(GrpcProxyFlags.KEY),
            settings.value(GrpcProxyFlags.CACERT),
            settings.value(GrpcProxyFlags.INSECURE_SKIP_TLS_VERIFY));
    TlsFiles.requireBoth(tls.certificate(), "cert", tls.key(), "key");
    return new Dialling(
        tls,
        Math.toIntExact(settings.value(GrpcProxyFlags.MAX_RECV_BYTES)),
        settings.value(GrpcProxyFlags.DIAL_KEEPALIVE_TIME),
        settings.value(GrpcProxyFlags.DIAL_KEEPALIVE_TIMEOUT),
        settings.value(GrpcProxyFlags.PERMIT_WITHOUT_STREAM));
  }

  private boolean isSelfSigned() {
    return settings.value(GrpcProxyFlags.AUTO_TLS)
        && settings.value(GrpcProxyFlags.CERT_FILE).isEmpty();
  }

  private TlsFiles listenTls() {
    String authorities = settings.value(GrpcProxyFlags.TRUSTED_CA_FILE);
    var tls =
        new TlsFiles(
            settings.value(GrpcProxyFlags.CERT_FILE),
            settings.value(GrpcProxyFlags.KEY_FILE),
            "",
            "",
            authorities,
            !authorities.isEmpty(),
            settings.value(GrpcProxyFlags.CLIENT_CRL_FILE),
            List.of(),
            List.of(),
            settings.value(GrpcProxyFlags.LISTEN_CIPHER_SUITES),
            settings.value(GrpcProxyFlags.TLS_MIN_VERSION),
            settings.value(GrpcProxyFlags.TLS_MAX_VERSION),
            isSelfSigned()
                ? Math.toIntExact(settings.value(GrpcProxyFlags.SELF_SIGNED_CERT_VALIDITY))
                : 0);
    TlsFiles.requireBoth(tls.certificate(), "cert-file", tls.key(), "key-file");
    tls.requireSense("--listen-cipher-suites");
    return tls;
  }
}
