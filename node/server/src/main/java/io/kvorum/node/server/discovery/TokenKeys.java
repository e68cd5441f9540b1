package io.kvorum.node.server.discovery;

import static io.kvorum.node.server.config.StartFailure.configuration;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.kvorum.node.server.config.Discovery;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;

/// The keys of API v2 below a URL:
///
/// ```
/// <url>/_config/size           how many found the cluster
/// <url>/<member id>            name=peerURL,name=peerURL of one that wants to
/// ```
final class TokenKeys implements Registrations {

  private static final Duration BOUND = Duration.ofSeconds(5);

  /// How long a wait lasts before it is begun anew.
  private static final Duration WAIT = Duration.ofSeconds(60);

  private static final int KEY_NOT_FOUND = 100;
  private static final int KEY_EXISTS = 105;

  private final String base;
  private final HttpClient http;

  TokenKeys(Discovery.Http place) {
    base = place.url().toString().replaceAll("/+$", "");
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(BOUND)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .proxy(
                place
                    .proxy()
                    .map(uri -> ProxySelector.of(new InetSocketAddress(uri.getHost(), port(uri))))
                    .orElseGet(ProxySelector::getDefault))
            .build();
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return "https".equals(uri.getScheme()) ? 443 : 80;
  }

  @Override
  public int size() throws IOException, InterruptedException {
    Answer answer = get("/_config/size", BOUND);
    if (answer.errorCode() == KEY_NOT_FOUND) {
      throw configuration(
          "discovery: size key not found: there is no "
              + base
              + "/_config/size: make the token first, as by"
              + " curl -X PUT "
              + base
              + "/_config/size -d value=3");
    }
    String text = answer.require("node").getAsJsonObject("node").get("value").getAsString();
    try {
      int size = Integer.parseInt(text);
      if (size > 0) {
        return size;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw configuration(
        "discovery: size key is bad: "
            + base
            + "/_config/size holds \""
            + text
            + "\", no number above 0");
  }

  @Override
  public Listing list() throws IOException, InterruptedException {
    Answer answer = get("", BOUND);
    if (answer.errorCode() == KEY_NOT_FOUND) {
      throw configuration("discovery: token not found: " + base + " is gone");
    }
    JsonObject node = answer.require("node").getAsJsonObject("node");
    var members = new ArrayList<Registered>();
    if (node.has("nodes")) {
      for (JsonElement child : node.getAsJsonArray("nodes")) {
        JsonObject member = child.getAsJsonObject();
        String key = member.get("key").getAsString();
        String id = key.substring(key.lastIndexOf('/') + 1);
        if (!id.startsWith("_") && member.has("value")) {
          members.add(
              new Registered(
                  id, member.get("value").getAsString(), member.get("createdIndex").getAsLong()));
        }
      }
    }
    members.sort(Comparator.comparingLong(Registered::created));
    return new Listing(members, answer.index());
  }

  @Override
  public boolean register(String id, String value) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/" + id + "?prevExist=false"))
            .timeout(BOUND)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .PUT(
                HttpRequest.BodyPublishers.ofString(
                    "value=" + URLEncoder.encode(value, StandardCharsets.UTF_8)))
            .build();
    Answer answer = answer(request);
    if (answer.errorCode() == KEY_EXISTS) {
      return false;
    }
    answer.require("node");
    return true;
  }

  @Override
  public boolean awaitChange(long index) throws IOException, InterruptedException {
    try {
      // Whatever comes of it, an error about a lost past included: the members are listed anew. A
      // service that has nothing to tell ends the wait without a word.
      return !send(request("?wait=true&recursive=true&waitIndex=" + index, WAIT)).body().isBlank();
    } catch (HttpTimeoutException nothing) {
      return false;
    }
  }

  @Override
  public void close() {
    http.close();
  }

  private Answer get(String rest, Duration bound) throws IOException, InterruptedException {
    return answer(request(rest, bound));
  }

  private HttpRequest request(String rest, Duration bound) {
    return HttpRequest.newBuilder(URI.create(base + rest)).timeout(bound).GET().build();
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() >= 500) {
      throw new IOException("HTTP " + response.statusCode() + " " + shortened(response.body()));
    }
    return response;
  }

  private Answer answer(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<String> response = send(request);
    long index = response.headers().firstValueAsLong("X-Etcd-Index").orElse(0);
    try {
      JsonElement json = JsonParser.parseString(response.body());
      if (json.isJsonObject()) {
        return new Answer(json.getAsJsonObject(), index);
      }
    } catch (JsonParseException _) {
      // Said below.
    }
    throw configuration(
        "discovery: bad discovery endpoint: "
            + request.uri()
            + " answered HTTP "
            + response.statusCode()
            + " \""
            + shortened(response.body())
            + "\", not the JSON of API v2");
  }

  private static String shortened(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.length() <= 100 ? line : line.substring(0, 100) + "...";
  }

  private record Answer(JsonObject json, long index) {

    int errorCode() {
      return json.has("errorCode") ? json.get("errorCode").getAsInt() : 0;
    }

    JsonObject require(String field) {
      if (!json.has(field) || !json.get(field).isJsonObject()) {
        throw configuration(
            "discovery: bad discovery endpoint: no \""
                + field
                + "\" in "
                + shortened(json.toString()));
      }
      return json;
    }
  }
}
