package io.kvorum.node.server.front;

import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.config.Version;
import io.kvorum.node.server.metrics.HealthCounts;
import io.kvorum.node.server.metrics.MetricsText;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/// The pages of a member: `/health`, `/livez`, `/readyz`, `/version` and `/metrics`; nothing else.
final class MemberPages implements HttpPages {

  private final Health health;
  private final Checks checks;
  private final MemberStatus status;
  private final MetricsText metrics;
  private final Scope scope;
  private final List<String> hosts;

  /// Which pages a port has.
  enum Scope {
    /// All of them.
    CLIENT,
    /// Health and metrics alone, as on `--listen-metrics-urls`.
    METRICS
  }

  /// @param hosts names that requests may ask for; empty means any
  MemberPages(
      MemberStatus status,
      HealthCounts counts,
      MetricsText metrics,
      Scope scope,
      List<String> hosts) {
    this.health = new Health(status, counts);
    this.checks = new Checks(status, counts);
    this.status = status;
    this.metrics = metrics;
    this.scope = scope;
    this.hosts = List.copyOf(hosts);
  }

  @Override
  public CompletableFuture<HttpAnswer> answer(HttpCall call) {
    if (!hosts.isEmpty() && !hosts.contains(hostName(call.host()))) {
      return done(
          HttpAnswer.text(
              421,
              "The Host of this request is not one that this member answers for"
                  + " (--host-whitelist); a web page may be trying to reach it by DNS rebinding.\n"));
    }
    String path = call.path();
    if (path.equals("/metrics")) {
      return done(metricsPage(call));
    }
    boolean known =
        path.equals("/health")
            || isUnder(path, "/livez")
            || isUnder(path, "/readyz")
            || (path.equals("/version") && scope == Scope.CLIENT);
    if (!known) {
      return done(HttpAnswer.notFound());
    }
    if (!call.method().equals("GET")) {
      return done(HttpAnswer.methodNotAllowed("GET"));
    }
    return switch (path) {
      case "/health" -> health.answer(call);
      case "/version" -> done(version());
      case String _ -> checks.answer(call);
    };
  }

  private static boolean isUnder(String path, String page) {
    return path.equals(page) || path.startsWith(page + "/");
  }

  private HttpAnswer metricsPage(HttpCall call) {
    MetricsText.Page page = metrics.scrape(call.accept());
    return HttpAnswer.ok(page.contentType(), page.body());
  }

  private HttpAnswer version() {
    String cluster =
        status.standing().clusterVersion().map(MemberPages::withPatch).orElse("not_decided");
    return HttpAnswer.ok(
        HttpAnswer.JSON,
        "{\"etcdserver\":\"%s\",\"etcdcluster\":\"%s\",\"storage\":\"%s\",\"kvorum\":\"%s\"}"
            .formatted(
                Version.ETCD_API,
                cluster,
                cluster.equals("not_decided") ? "unknown" : cluster,
                Version.product()));
  }

  /// Members agree on major and minor; the page shows a patch too.
  private static String withPatch(String version) {
    return version.indexOf('.') == version.lastIndexOf('.') ? version + ".0" : version;
  }

  private static String hostName(String host) {
    int colon = host.lastIndexOf(':');
    String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    return name.toLowerCase(Locale.ROOT);
  }

  static CompletableFuture<HttpAnswer> done(HttpAnswer answer) {
    return CompletableFuture.completedFuture(answer);
  }
}
