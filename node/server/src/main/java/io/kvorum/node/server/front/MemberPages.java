package io.kvorum.node.server.front;

import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.config.Version;
import io.kvorum.node.server.gateway.Gateway;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpCall;
import io.kvorum.node.server.http.HttpPages;
import io.kvorum.node.server.metrics.HealthCounts;
import io.kvorum.node.server.metrics.MetricsText;
import io.kvorum.node.server.v2.V2Api;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The pages of a member: `/health`, `/livez`, `/readyz` and `/metrics`; towards clients also
/// `/version`, `/debug/vars`, the level of logging, and the API as JSON. Nothing else.
final class MemberPages implements HttpPages {

  private static final String LOG_LEVEL = "/config/local/log";

  private final Health health;
  private final Checks checks;
  private final MemberStatus status;
  private final MetricsText metrics;
  private final Scope scope;

  /// Which pages a port has.
  sealed interface Scope {
    /// Health and metrics alone, as on `--listen-metrics-urls`.
    record Metrics() implements Scope {}

    /// All of them.
    ///
    /// @param hosts names that requests may ask for; empty means any
    /// @param gateway null: the API is not served as JSON
    /// @param v2 null: API v2 is not served
    record Clients(
        List<String> hosts, Origins origins, @Nullable Gateway gateway, @Nullable HttpPages v2)
        implements Scope {}
  }

  MemberPages(MemberStatus status, HealthCounts counts, MetricsText metrics, Scope scope) {
    this.health = new Health(status, counts);
    this.checks = new Checks(status, counts);
    this.status = status;
    this.metrics = metrics;
    this.scope = scope;
  }

  @Override
  public CompletableFuture<HttpAnswer> answer(HttpCall call) {
    return switch (scope) {
      case Scope.Metrics _ -> monitoring(call);
      case Scope.Clients clients -> {
        if (!isAllowed(clients, call)) {
          yield done(wrongHost());
        }
        if (isByWrongUser(clients, call)) {
          yield done(wrongUser());
        }
        List<Map.Entry<String, String>> origin = clients.origins().headers(call);
        CompletableFuture<HttpAnswer> answer =
            call.method().equals("OPTIONS")
                ? done(HttpAnswer.empty(200))
                : forClients(clients, call);
        yield origin.isEmpty() ? answer : answer.thenApply(plain -> plain.with(origin));
      }
    };
  }

  @Override
  public @Nullable Talker talker(HttpCall call) {
    if (!(scope instanceof Scope.Clients clients)
        || !isAllowed(clients, call)
        || isByWrongUser(clients, call)) {
      return null;
    }
    Talker talker = null;
    if (clients.gateway() != null && Gateway.isUnder(call.path())) {
      talker = clients.gateway().talker(call);
    } else if (clients.v2() != null && V2Api.isUnder(call.path())) {
      talker = clients.v2().talker(call);
    } else if (call.path().equals(LOG_LEVEL) && call.method().equals("PUT")) {
      talker = LogLevelTalk::new;
    }
    if (talker == null) {
      return null;
    }
    Talker found = talker;
    List<Map.Entry<String, String>> origin = clients.origins().headers(call);
    return origin.isEmpty() ? found : reply -> found.open(new OriginReply(reply, origin));
  }

  private CompletableFuture<HttpAnswer> forClients(Scope.Clients clients, HttpCall call) {
    if (clients.gateway() != null && Gateway.isUnder(call.path())) {
      return done(clients.gateway().refusal(call));
    }
    if (clients.v2() != null && V2Api.isUnder(call.path())) {
      return clients.v2().answer(call);
    }
    return switch (call.path()) {
      case "/version" -> done(onlyGet(call, version()));
      case "/debug/vars" -> done(onlyGet(call, DebugPage.answer(status.standing())));
      case LOG_LEVEL -> done(HttpAnswer.methodNotAllowed("PUT"));
      case String _ -> monitoring(call);
    };
  }

  private static HttpAnswer onlyGet(HttpCall call, HttpAnswer answer) {
    return call.method().equals("GET") ? answer : HttpAnswer.methodNotAllowed("GET");
  }

  private CompletableFuture<HttpAnswer> monitoring(HttpCall call) {
    String path = call.path();
    if (path.equals("/metrics")) {
      return done(metricsPage(call));
    }
    if (!path.equals("/health") && !isUnder(path, "/livez") && !isUnder(path, "/readyz")) {
      return done(HttpAnswer.notFound());
    }
    if (!call.method().equals("GET")) {
      return done(HttpAnswer.methodNotAllowed("GET"));
    }
    return path.equals("/health") ? health.answer(call) : checks.answer(call);
  }

  private static boolean isUnder(String path, String page) {
    return path.equals(page) || path.startsWith(page + "/");
  }

  private HttpAnswer metricsPage(HttpCall call) {
    MetricsText.Page page = metrics.scrape(call.header("accept"));
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

  private static boolean isAllowed(Scope.Clients clients, HttpCall call) {
    return clients.hosts().isEmpty() || clients.hosts().contains(hostName(call.header("host")));
  }

  private static HttpAnswer wrongHost() {
    return HttpAnswer.text(
        421,
        "The Host of this request is not one that this member answers for"
            + " (--host-whitelist); a web page may be trying to reach it by DNS rebinding.\n");
  }

  /// A certificate that names a user counts for gRPC alone: who sends JSON, and believes to be that
  /// user, is told.
  private boolean isByWrongUser(Scope.Clients clients, HttpCall call) {
    return clients.gateway() != null
        && Gateway.isUnder(call.path())
        && !call.commonName().isEmpty()
        && status.certificatesAreUsers();
  }

  private static HttpAnswer wrongUser() {
    return HttpAnswer.text(
        400,
        "CommonName of client sending a request against gateway will be ignored and not used as"
            + " expected\n");
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
