package io.kvorum.localkube.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.Api;
import io.kvorum.localkube.api.ApiException;
import io.kvorum.localkube.api.Authorizer;
import io.kvorum.localkube.api.Authorizer.Attributes;
import io.kvorum.localkube.api.PodLogs;
import io.kvorum.localkube.api.ResourceType;
import io.kvorum.localkube.api.Tokens;
import io.kvorum.localkube.api.User;
import io.kvorum.localkube.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Kubernetes API over HTTPS: who asks, may they, and who answers.
public final class ApiServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);

  private static final Set<String> HEALTH = Set.of("healthz", "livez", "readyz");

  private static final String OPENAPI_V2_PROTO =
      "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

  private final Api api;
  private final Authorizer authorizer;
  private final Tokens tokens;
  private final Discovery discovery;
  private final OpenApi openApi;
  private final ResourceCalls objects;
  private final Subresources parts;
  private final Reviews reviews;
  private final HttpServer server;

  /// @param port 0 picks a free one
  public ApiServer(
      Api api,
      Authorizer authorizer,
      Tokens tokens,
      PodLogs logs,
      Certificate certificate,
      int port)
      throws IOException {
    this.api = api;
    this.authorizer = authorizer;
    this.tokens = tokens;
    this.discovery = new Discovery(api.catalogue());
    this.openApi = new OpenApi(api.catalogue());
    this.objects = new ResourceCalls(api);
    this.parts = new Subresources(api, tokens, logs, objects);
    this.reviews = new Reviews(authorizer, tokens);
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    this.server = new HttpServer(certificate.context(), loopback, port, this::handle);
  }

  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
  }

  private void handle(HttpRequest request, Exchange exchange)
      throws IOException, InterruptedException {
    try {
      dispatch(request, exchange);
    } catch (ApiException e) {
      if (exchange.answered()) {
        throw new IOException("the stream failed: " + e.getMessage(), e);
      }
      if (e.code() == 401) {
        exchange.header("WWW-Authenticate", "Bearer");
      }
      Media.json(exchange, e.code(), e.status());
    } catch (RuntimeException e) {
      LOG.error("request {} {} failed", request.method(), request.path(), e);
      if (exchange.answered()) {
        throw new IOException("the stream failed: " + e, e);
      }
      ApiException told = ApiException.internal(e.toString());
      Media.json(exchange, told.code(), told.status());
    }
  }

  private void dispatch(HttpRequest request, Exchange exchange)
      throws IOException, InterruptedException {
    List<String> path = request.segments();
    if (!path.isEmpty() && HEALTH.contains(path.getFirst())) {
      exchange.respond(200, "text/plain", "ok".getBytes(StandardCharsets.UTF_8));
      return;
    }
    User user = impersonated(request, authenticate(request));
    if (isResource(path)) {
      resource(call(request, exchange, user, path));
    } else {
      allow(user, Attributes.ofPath(Json.lower(request.method()), request.path()));
      document(request, exchange, path);
    }
  }

  private User authenticate(HttpRequest request) {
    String header = request.header("authorization");
    if (!header.regionMatches(true, 0, "Bearer ", 0, 7)) {
      throw ApiException.unauthorized();
    }
    return tokens.authenticate(header.substring(7).strip()).orElseThrow(ApiException::unauthorized);
  }

  /// `kubectl --as`: the administrator may act as anybody.
  private static User impersonated(HttpRequest request, User user) {
    String wanted = request.header("impersonate-user");
    if (wanted.isEmpty()) {
      return user;
    }
    if (!user.groups().contains("system:masters")) {
      throw ApiException.forbiddenPath("User \"" + user.name() + "\" cannot impersonate");
    }
    var groups = new ArrayList<>(List.of("system:authenticated"));
    if (wanted.startsWith("system:serviceaccount:")) {
      groups.add("system:serviceaccounts");
      groups.add("system:serviceaccounts:" + wanted.split(":", 4)[2]);
    }
    String asked = request.header("impersonate-group");
    if (!asked.isEmpty()) {
      groups.addAll(List.of(asked.split(",", -1)));
    }
    return new User(wanted, groups);
  }

  private static boolean isResource(List<String> path) {
    return (path.size() > 2 && path.getFirst().equals("api"))
        || (path.size() > 3 && path.getFirst().equals("apis"));
  }

  private Call call(HttpRequest request, Exchange exchange, User user, List<String> path) {
    boolean core = path.getFirst().equals("api");
    String group = core ? "" : path.get(1);
    String version = path.get(core ? 1 : 2);
    List<String> rest = path.subList(core ? 2 : 3, path.size());
    String namespace = "";
    if (rest.size() > 2 && rest.getFirst().equals("namespaces")) {
      Optional<ResourceType> inside = api.catalogue().find(group, version, rest.get(2));
      if (inside.isPresent()) {
        namespace = rest.get(1);
        rest = rest.subList(2, rest.size());
      }
    }
    ResourceType type =
        api.catalogue().find(group, version, rest.getFirst()).orElseThrow(ApiException::noSuchPath);
    String name = rest.size() > 1 ? rest.get(1) : "";
    if (rest.size() > 3 || (type.namespaced() && namespace.isEmpty() && !name.isEmpty())) {
      throw ApiException.noSuchPath();
    }
    String part = rest.size() > 2 ? rest.get(2) : "";
    return new Call(request, exchange, user, type, namespace, name, part);
  }

  private void resource(Call call) throws IOException, InterruptedException {
    allow(
        call.user(),
        new Attributes(
            call.verb(),
            call.type().group(),
            call.type().plural(),
            call.subresource(),
            call.namespace(),
            call.name(),
            ""),
        call);
    if (Reviews.answers(call)) {
      Media.json(call.exchange(), 201, reviews.answer(call));
    } else if (call.subresource().isEmpty()) {
      objects.handle(call);
    } else {
      parts.handle(call);
    }
  }

  private void allow(User user, Attributes wanted, Call call) {
    if (!authorizer.allows(user, wanted)) {
      String part = wanted.subresource().isEmpty() ? "" : "/" + wanted.subresource();
      String where =
          wanted.namespace().isEmpty()
              ? " at the cluster scope"
              : " in the namespace \"" + wanted.namespace() + "\"";
      throw ApiException.forbidden(
          call.type(),
          call.name(),
          "User \""
              + user.name()
              + "\" cannot "
              + wanted.verb()
              + " resource \""
              + wanted.resource()
              + part
              + "\" in API group \""
              + wanted.group()
              + "\""
              + where);
    }
  }

  private void allow(User user, Attributes wanted) {
    if (!authorizer.allows(user, wanted)) {
      throw ApiException.forbiddenPath(
          "User \""
              + user.name()
              + "\" cannot "
              + wanted.verb()
              + " path \""
              + wanted.path()
              + "\"");
    }
  }

  private void document(HttpRequest request, Exchange exchange, List<String> path)
      throws IOException {
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      throw ApiException.methodNotAllowed();
    }
    String first = path.isEmpty() ? "" : path.getFirst();
    switch (first) {
      case "" -> Media.json(exchange, 200, index());
      case "version" -> Media.json(exchange, 200, discovery.version());
      case "openapi" -> openApi(request, exchange, path);
      case "api", "apis" -> discovery(request, exchange, path);
      default -> throw ApiException.noSuchPath();
    }
  }

  private static ObjectNode index() {
    ObjectNode index = Json.object();
    index.set(
        "paths",
        Json.strings(
            List.of(
                "/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/version")));
    return index;
  }

  private void discovery(HttpRequest request, Exchange exchange, List<String> path)
      throws IOException {
    boolean core = path.getFirst().equals("api");
    String accept = request.header("accept");
    if (path.size() == 1 && accept.contains("as=APIGroupDiscoveryList")) {
      String version = accept.contains("v=v2;") || accept.contains("v=v2,") ? "v2" : "v2beta1";
      String type =
          "application/json;g=apidiscovery.k8s.io;v=" + version + ";as=APIGroupDiscoveryList";
      byte[] body = discovery.aggregated(core, version).toString().getBytes(StandardCharsets.UTF_8);
      exchange.respond(200, type, body);
      return;
    }
    ObjectNode answer =
        switch (path.size()) {
          case 1 -> core ? discovery.coreVersions("127.0.0.1:" + port()) : discovery.groups();
          case 2 -> core ? served("", path.get(1)) : known(path.get(1));
          default -> served(path.get(1), path.get(2));
        };
    Media.json(exchange, 200, answer);
  }

  private ObjectNode known(String group) {
    if (!api.catalogue().groups().contains(group)) {
      throw ApiException.noSuchPath();
    }
    return discovery.group(group);
  }

  private ObjectNode served(String group, String version) {
    if (api.catalogue().in(group, version).isEmpty()) {
      throw ApiException.noSuchPath();
    }
    return discovery.resources(group, version);
  }

  private void openApi(HttpRequest request, Exchange exchange, List<String> path)
      throws IOException {
    String which = path.size() > 1 ? path.get(1) : "";
    if (which.equals("v2")) {
      ObjectNode document = openApi.version2();
      if (request.header("accept").contains("protobuf")) {
        exchange.respond(200, OPENAPI_V2_PROTO, OpenApiProto.document(document));
      } else {
        Media.json(exchange, 200, document);
      }
    } else if (which.equals("v3") && path.size() == 2) {
      Media.json(exchange, 200, openApi.version3Index());
    } else {
      String group = String.join("/", path.subList(Math.min(2, path.size()), path.size()));
      if (!which.equals("v3") || !openApi.hasGroup(group)) {
        throw ApiException.noSuchPath();
      }
      Media.json(exchange, 200, openApi.version3(group));
    }
  }
}
