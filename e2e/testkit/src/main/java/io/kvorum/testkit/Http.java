package io.kvorum.testkit;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/// Questions over HTTP to the programs of a test.
public final class Http {

  private static final Duration BOUND = Duration.ofSeconds(5);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(BOUND).build();

  /// Status and body of an answer.
  public record Answer(int status, String body) {}

  private Http() {}

  /// One GET; the connection may be refused.
  public static Answer get(String url) throws IOException {
    try {
      HttpResponse<String> response =
          CLIENT.send(
              HttpRequest.newBuilder(URI.create(url)).timeout(BOUND).build(),
              HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while asking " + url, e);
    }
  }

  /// Waits until the program answers 200 there. Fails at once when the program ends before.
  public static void awaitOk(Program program, String url, Duration bound) {
    program.awaitWhileAlive("200 from " + url, bound, () -> get(url).status() == 200);
  }
}
