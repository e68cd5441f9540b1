package io.kvorum.node.server.config;

import static io.kvorum.node.server.config.StartFailure.configuration;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads how the founders find each other, and refuses flags that say it twice.
final class DiscoveryReader {

  private final Settings settings;

  private DiscoveryReader(Settings settings) {
    this.settings = settings;
  }

  /// The way that was chosen, or none: the members are listed.
  static Optional<Discovery> read(Settings settings) {
    return new DiscoveryReader(settings).discovery();
  }

  private Optional<Discovery> discovery() {
    Optional<URI> url = settings.value(ClusteringFlags.DISCOVERY);
    List<String> endpoints = settings.value(ClusteringFlags.DISCOVERY_ENDPOINTS);
    requireOne(url, endpoints);
    requireOneProtocol(url, endpoints);
    if (url.isPresent()) {
      return Optional.of(
          new Discovery.Http(url.get(), settings.value(ClusteringFlags.DISCOVERY_PROXY)));
    }
    String token = settings.value(ClusteringFlags.DISCOVERY_TOKEN);
    if (token.isEmpty() != endpoints.isEmpty()) {
      throw configuration("both --discovery-token and --discovery-endpoints must be set");
    }
    if (!endpoints.isEmpty()) {
      return Optional.of(registry(token, endpoints));
    }
    String domain = settings.value(ClusteringFlags.DISCOVERY_SRV);
    return domain.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Discovery.Dns(domain, settings.value(ClusteringFlags.DISCOVERY_SRV_NAME)));
  }

  private void requireOne(Optional<URI> url, List<String> endpoints) {
    var ways = new ArrayList<String>();
    if (settings.isSet(ClusteringFlags.INITIAL_CLUSTER)) {
      ways.add("initial-cluster");
    }
    if (url.isPresent()) {
      ways.add("discovery");
    }
    if (!endpoints.isEmpty()) {
      ways.add("discovery-endpoints");
    }
    if (!settings.value(ClusteringFlags.DISCOVERY_SRV).isEmpty()) {
      ways.add("discovery-srv");
    }
    if (ways.size() > 1) {
      throw configuration(
          "multiple discovery or bootstrap flags are set. Choose one of \"initial-cluster\","
              + " \"discovery\", \"discovery-endpoints\" or \"discovery-srv\" (set: "
              + String.join(", ", ways)
              + ")");
    }
  }

  private void requireOneProtocol(Optional<URI> url, List<String> endpoints) {
    boolean older = url.isPresent() || settings.isSet(ClusteringFlags.DISCOVERY_PROXY);
    boolean newer =
        !endpoints.isEmpty()
            || List.of(
                    ClusteringFlags.DISCOVERY_TOKEN,
                    ClusteringFlags.DISCOVERY_CERT,
                    ClusteringFlags.DISCOVERY_KEY,
                    ClusteringFlags.DISCOVERY_CACERT,
                    ClusteringFlags.DISCOVERY_USER,
                    ClusteringFlags.DISCOVERY_PASSWORD)
                .stream()
                .anyMatch(flag -> !settings.value(flag).isEmpty());
    if (older && newer) {
      throw configuration(
          "both v2 discovery settings (discovery, discovery-proxy) and v3 discovery settings"
              + " (discovery-token, discovery-endpoints, discovery-cert, discovery-key,"
              + " discovery-cacert, discovery-user, discovery-password) are set");
    }
  }

  private Discovery.Registry registry(String token, List<String> endpoints) {
    Discovery.Tls tls = tls();
    boolean secure =
        !settings.value(ClusteringFlags.DISCOVERY_INSECURE_TRANSPORT)
            || tls.trustsAll()
            || !tls.certificate().isEmpty()
            || !tls.authorities().isEmpty();
    return new Discovery.Registry(
        token,
        endpoints.stream().map(text -> endpoint(text, secure)).toList(),
        new Discovery.Patience(
            settings.value(ClusteringFlags.DISCOVERY_DIAL_TIMEOUT),
            settings.value(ClusteringFlags.DISCOVERY_REQUEST_TIMEOUT),
            settings.value(ClusteringFlags.DISCOVERY_KEEPALIVE_TIME),
            settings.value(ClusteringFlags.DISCOVERY_KEEPALIVE_TIMEOUT)),
        tls,
        credentials());
  }

  /// What is no URL becomes one.
  private Url endpoint(String text, boolean secure) {
    if (text.isBlank()) {
      throw configuration("--discovery-endpoints must not contain empty endpoints");
    }
    try {
      return Url.parse(text.contains("://") ? text : (secure ? "https://" : "http://") + text);
    } catch (IllegalArgumentException e) {
      throw configuration(
          "invalid value \""
              + text
              + "\" for "
              + settings.subject(ClusteringFlags.DISCOVERY_ENDPOINTS)
              + ": "
              + e.getMessage());
    }
  }

  private Discovery.Tls tls() {
    var tls =
        new Discovery.Tls(
            settings.value(ClusteringFlags.DISCOVERY_CERT),
            settings.value(ClusteringFlags.DISCOVERY_KEY),
            settings.value(ClusteringFlags.DISCOVERY_CACERT),
            settings.value(ClusteringFlags.DISCOVERY_INSECURE_SKIP_TLS_VERIFY));
    if (tls.certificate().isEmpty() != tls.key().isEmpty()) {
      throw configuration("--discovery-cert and --discovery-key: set both or none");
    }
    return tls;
  }

  private Discovery.Credentials credentials() {
    String user = settings.value(ClusteringFlags.DISCOVERY_USER);
    String password = settings.value(ClusteringFlags.DISCOVERY_PASSWORD);
    int colon = user.indexOf(':');
    if (password.isEmpty() && colon >= 0) {
      return new Discovery.Credentials(user.substring(0, colon), user.substring(colon + 1));
    }
    if (password.isEmpty() != user.isEmpty()) {
      throw configuration(
          "--discovery-user needs a password, as --discovery-user=name:password or with"
              + " --discovery-password, and --discovery-password needs a user");
    }
    return new Discovery.Credentials(user, password);
  }
}
