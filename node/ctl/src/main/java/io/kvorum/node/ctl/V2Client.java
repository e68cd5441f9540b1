package io.kvorum.node.ctl;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Requests of API v2, to one endpoint after the other.
///
/// A *read* goes on to the next endpoint when one fails; a *write* only when no connection came
/// about, because nobody knows what an unanswered write did.
final class V2Client implements AutoCloseable {

  private static final int SERVER_ERRORS = 500;

  /// How a request is addressed and what it carries; `form` is empty where there is no body.
  record Request(String method, String path, Map<String, String> query, Map<String, String> form) {

    static Request get(String path) {
      return new Request("GET", path, Map.of(), Map.of());
    }

    private boolean repeatable() {
      return method.equals("GET");
    }
  }

  private final V2Settings settings;
  private final Console console;
  private final HttpClient http;
  private final long deadlineNanos;
  private List<String> endpoints;

  private V2Client(V2Settings settings, Console console) throws Failure {
    this.settings = settings;
    this.console = console;
    this.endpoints = settings.endpoints();
    this.deadlineNanos = System.nanoTime() + settings.totalTimeout().toNanos();
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(settings.timeout());
    if (settings.tls().wanted()) {
      builder.sslContext(Transport.context(settings.tls()));
    }
    this.http = builder.build();
  }

  /// Asks the endpoints as they were given.
  static V2Client unsynchronized(V2Settings settings, Console console) throws Failure {
    return new V2Client(settings, console);
  }

  /// Asks the endpoints that the cluster publishes, unless `--no-sync` is set.
  static V2Client open(V2Settings settings, Console console) throws Failure, Output.Closed {
    var client = new V2Client(settings, console);
    if (settings.sync()) {
      client.synchronize();
    }
    return client;
  }

  private void synchronize() throws Failure, Output.Closed {
    debug("start to sync cluster using endpoints(" + String.join(",", endpoints) + ")");
    var published = new ArrayList<String>();
    for (V2Member member : members()) {
      member.clientUrls().forEach(url -> published.add(V2Settings.url(url)));
    }
    if (published.isEmpty()) {
      throw Failure.of(
          ExitCode.BAD_FEATURE,
          "the cluster publishes no client URLs; --no-sync asks the given endpoints alone");
    }
    endpoints = published;
    debug("got endpoints(" + String.join(",", endpoints) + ") after sync");
  }

  private void debug(String text) throws Output.Closed {
    if (settings.debug()) {
      console.errors().line(text);
    }
  }

  /// The members, by their ids.
  List<V2Member> members() throws Failure, Output.Closed {
    HttpResponse<String> response = send(Request.get("/v2/members"), true);
    var members = new ArrayList<V2Member>();
    for (JsonElement member : json(response).getAsJsonArray("members")) {
      members.add(V2Member.of(member.getAsJsonObject()));
    }
    return members;
  }

  /// A request about a key, within the time of the command.
  V2Event key(Request request) throws Failure, Output.Closed {
    return event(send(request, true));
  }

  /// Waits for a change, as long as that takes; an answer without one is asked for again.
  V2Event await(Request request) throws Failure, Output.Closed {
    while (true) {
      HttpResponse<String> response = send(request, false);
      if (response.statusCode() != 200 || !response.body().isEmpty()) {
        return event(response);
      }
    }
  }

  private V2Event event(HttpResponse<String> response) throws Failure {
    JsonObject json = json(response);
    if (response.statusCode() / 100 == 2) {
      return V2Event.of(json, response.headers().firstValueAsLong("X-Etcd-Index").orElse(0));
    }
    throw Failure.of(ExitCode.BAD_FEATURE, refusal(response));
  }

  /// Why the store refused: `100: Key not found (/a) [7]`, or the sentence it said.
  static String refusal(HttpResponse<String> response) throws Failure {
    JsonObject json = json(response);
    if (json.has("errorCode")) {
      return "%d: %s (%s) [%d]"
          .formatted(
              json.get("errorCode").getAsInt(),
              json.get("message").getAsString(),
              json.has("cause") ? json.get("cause").getAsString() : "",
              json.get("index").getAsLong());
    }
    return json.has("message")
        ? json.get("message").getAsString()
        : "unexpected status code " + response.statusCode();
  }

  private static JsonObject json(HttpResponse<String> response) throws Failure {
    try {
      return JsonParser.parseString(response.body()).getAsJsonObject();
    } catch (JsonParseException | IllegalStateException e) {
      throw Failure.of(
          ExitCode.BAD_FEATURE,
          "%s answers %d without JSON: no API v2 is served there (members do with --enable-v2)"
              .formatted(response.uri(), response.statusCode()));
    }
  }

  /// Sends it to the first endpoint that takes it; with a `bounded` one the command's time counts.
  HttpResponse<String> send(Request request, boolean bounded) throws Failure, Output.Closed {
    var troubles = new ArrayList<String>();
    for (String endpoint : endpoints) {
      try {
        HttpResponse<String> response = exchange(endpoint, request, bounded);
        if (response.statusCode() < SERVER_ERRORS || !request.repeatable()) {
          return response;
        }
        troubles.add(
            endpoint + " answers " + response.statusCode() + " " + response.body().strip());
      } catch (HttpConnectTimeoutException | ConnectException e) {
        troubles.add(endpoint + ": no connection" + why(e));
      } catch (HttpTimeoutException e) {
        throw Failure.of(
            ExitCode.BAD_CONNECTION, endpoint + " has not answered: context deadline exceeded");
      } catch (IOException e) {
        troubles.add(endpoint + ": " + e.getMessage());
        if (!request.repeatable()) {
          break;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Failure.of(ExitCode.INTERRUPTED, "interrupted");
      }
    }
    throw Failure.of(
        ExitCode.BAD_CONNECTION,
        "client: etcd cluster is unavailable or misconfigured; " + String.join("; ", troubles));
  }

  private static String why(IOException e) {
    return e.getMessage() == null ? "" : ": " + e.getMessage();
  }

  private HttpResponse<String> exchange(String endpoint, Request request, boolean bounded)
      throws IOException, InterruptedException, Output.Closed {
    String url = endpoint + request.path();
    if (!request.query().isEmpty()) {
      url += "?" + encoded(request.query());
    }
    String body = encoded(request.form());
    debug(
        "cURL Command: curl -X %s %s%s"
            .formatted(request.method(), url, body.isEmpty() ? "" : " -d \"" + body + "\""));
    var builder = HttpRequest.newBuilder(URI.create(url));
    if (!body.isEmpty()) {
      builder.header("Content-Type", "application/x-www-form-urlencoded");
    }
    return exchange(
        builder.method(
            request.method(),
            body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body)),
        bounded);
  }

  private HttpResponse<String> exchange(HttpRequest.Builder builder, boolean bounded)
      throws IOException, InterruptedException {
    if (!settings.credentials().user().isEmpty()) {
      String both = settings.credentials().user() + ":" + settings.credentials().password();
      builder.header(
          "Authorization",
          "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8)));
    }
    if (bounded) {
      builder.timeout(Duration.ofNanos(Math.max(1_000_000, deadlineNanos - System.nanoTime())));
    }
    return http.send(builder.build(), BodyHandlers.ofString());
  }

  /// A request with a JSON body, to the first endpoint that can be reached.
  HttpResponse<String> sendJson(String method, String path, String json)
      throws Failure, Output.Closed {
    IOException last = new IOException("no endpoint");
    for (String endpoint : endpoints) {
      debug("cURL Command: curl -X %s %s%s -d '%s'".formatted(method, endpoint, path, json));
      try {
        return exchange(
            HttpRequest.newBuilder(URI.create(endpoint + path))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(json)),
            true);
      } catch (HttpConnectTimeoutException | ConnectException e) {
        last = e;
      } catch (IOException e) {
        throw Failure.of(ExitCode.BAD_CONNECTION, endpoint + ": " + e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Failure.of(ExitCode.INTERRUPTED, "interrupted");
      }
    }
    throw Failure.of(
        ExitCode.BAD_CONNECTION,
        "client: etcd cluster is unavailable or misconfigured; no connection" + why(last));
  }

  /// What a member says of its health.
  HttpResponse<String> health(String clientUrl) throws IOException, InterruptedException {
    return exchange(
        HttpRequest.newBuilder(URI.create(V2Settings.url(clientUrl) + "/health")), true);
  }

  /// `a=1&b=2` of raw text.
  private static String encoded(Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + percent(entry.getValue()))
        .collect(Collectors.joining("&"));
  }

  /// The path of a key given as raw text.
  static String keyPath(String key) {
    var path = new StringBuilder("/v2/keys");
    for (String part : key.split("/", -1)) {
      if (!part.isEmpty()) {
        path.append('/').append(percent(part));
      }
    }
    return path.toString();
  }

  /// Raw text, one character per byte, in the form that URLs and forms take.
  private static String percent(String raw) {
    var encoded = new StringBuilder();
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~".indexOf(c) >= 0;
      encoded.append(plain ? Character.toString(c) : "%%%02X".formatted((int) c));
    }
    return encoded.toString();
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
