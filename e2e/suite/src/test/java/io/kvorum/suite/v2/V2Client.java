package io.kvorum.suite.v2;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A client of API v2 that writes down what it is told, without what differs from run to run:
/// times, ids, raft's numbers.
final class V2Client {

  private static final Duration BOUND = Duration.ofSeconds(20);

  /// What etcd and Kvorum both mean to say the same in.
  private static final List<String> HEADERS =
      List.of("content-type", "x-etcd-index", "allow", "location");

  /// Present in both or in none.
  private static final List<String> MASKED_HEADERS =
      List.of("x-etcd-cluster-id", "x-raft-index", "x-raft-term");

  private static final Pattern EXPIRATION = Pattern.compile("\"expiration\":\"[^\"]*\"");
  private static final Pattern TTL = Pattern.compile("\"ttl\":-?\\d+");
  private static final Pattern INDEX = Pattern.compile("\"modifiedIndex\":(\\d+)");

  private final String url;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(BOUND).build();

  /// @param url of a client port, without a slash at its end
  V2Client(String url) {
    this.url = url;
  }

  /// A request.
  ///
  /// @param path below `/v2`, as it stands on the wire
  /// @param form sent in the body, or in the query of a method without one
  record Call(String method, String path, Map<String, String> form) {

    Call {
      form = new TreeMap<>(form);
    }

    private String encoded() {
      return form.entrySet().stream()
          .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
          .collect(Collectors.joining("&"));
    }

    private static String encoded(String text) {
      return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private boolean hasBody() {
      return method.equals("PUT") || method.equals("POST");
    }
  }

  String answer(Call call) throws Exception {
    return written(http.send(request(call), HttpResponse.BodyHandlers.ofString()), r -> r);
  }

  /// Begins to wait: returns when the server has said that it does. The answer as text comes when
  /// it is whole.
  CompletableFuture<String> await(Call call) throws Exception {
    HttpResponse<InputStream> begun =
        http.send(request(call), HttpResponse.BodyHandlers.ofInputStream());
    return CompletableFuture.supplyAsync(
        () -> written(begun, V2Client::read), Thread::startVirtualThread);
  }

  /// The lines of an answer, as they come.
  Stream<String> lines(Call call) throws Exception {
    return http.send(request(call), HttpResponse.BodyHandlers.ofLines()).body();
  }

  private static String read(InputStream body) {
    try (body) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private HttpRequest request(Call call) {
    String query = call.hasBody() || call.form().isEmpty() ? "" : "?" + call.encoded();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + "/v2" + call.path() + query));
    if (call.hasBody()) {
      request
          .header("Content-Type", "application/x-www-form-urlencoded")
          .method(call.method(), HttpRequest.BodyPublishers.ofString(call.encoded()));
    } else {
      request.method(call.method(), HttpRequest.BodyPublishers.noBody());
    }
    return request.timeout(BOUND).build();
  }

  private static <T> String written(HttpResponse<T> response, Function<T, String> reader) {
    var text = new StringBuilder().append(response.statusCode()).append('\n');
    for (String name : HEADERS) {
      response
          .headers()
          .firstValue(name)
          .ifPresent(value -> text.append(name).append(": ").append(value).append('\n'));
    }
    for (String name : MASKED_HEADERS) {
      if (response.headers().firstValue(name).isPresent()) {
        text.append(name).append('\n');
      }
    }
    String body =
        EXPIRATION.matcher(reader.apply(response.body())).replaceAll("\"expiration\":\"...\"");
    return text.append(TTL.matcher(body).replaceAll("\"ttl\":...")).toString();
  }

  /// The index that a change made.
  static long index(String answer) {
    Matcher index = INDEX.matcher(answer);
    return index.find() ? Long.parseLong(index.group(1)) : 0;
  }
}
