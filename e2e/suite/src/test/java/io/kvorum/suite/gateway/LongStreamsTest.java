package io.kvorum.suite.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kvorum.suite.members.MemberCluster;
import io.kvorum.suite.members.Product;
import io.kvorum.testkit.Http;
import io.kvorum.testkit.Program;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Streams of the JSON API that are long, or that their client does not read.
@Timeout(300)
final class LongStreamsTest {

  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final int DIGEST_BYTES = 32;

  @TempDir private static Path folder;

  private static MemberCluster member;

  @BeforeAll
  static void start() {
    member = new MemberCluster(Product.KVORUM, folder, 1).start();
  }

  @AfterAll
  static void stop() {
    member.close();
  }

  @Test
  void snapshot_isABackupLineByLine() throws Exception {
    for (int i = 0; i < 20; i++) {
      member.succeed("put", "key" + i, "v".repeat(50_000));
    }
    String url = "http://" + member.endpoints() + "/v3/maintenance/snapshot";
    Program.Result result =
        Program.command("curl", "-sS", "--max-time", "50", "-d", "{}", url).run(BOUND);
    assertThat(result.exitCode()).as(result.errors()).isZero();
    var backup = new ByteArrayOutputStream();
    for (String line : result.output().split("\n", -1)) {
      if (!line.isEmpty()) {
        JsonNode piece = JSON.readTree(line).path("result");
        assertThat(piece.isObject()).as(line).isTrue();
        backup.writeBytes(piece.path("blob").binaryValue());
      }
    }
    byte[] bytes = backup.toByteArray();
    int length = bytes.length - DIGEST_BYTES;
    assertThat(length).isGreaterThan(1_000_000);
    assertThat(length % 512).isZero();
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(bytes, length));
    assertThat(Arrays.copyOfRange(bytes, length, bytes.length)).isEqualTo(digest);
  }

  /// The watch falls behind, the member doesn't, and no event is missing when it is read at last.
  @Test
  void unreadWatch_costsLittleAndLosesNothing() throws Exception {
    int events = 300;
    String endpoint = member.endpoints();
    int colon = endpoint.lastIndexOf(':');
    try (var socket = new Socket()) {
      socket.setReceiveBufferSize(64 << 10);
      socket.connect(
          new InetSocketAddress(
              endpoint.substring(0, colon), Integer.parseInt(endpoint.substring(colon + 1))));
      socket.setSoTimeout((int) BOUND.toMillis());
      String body = "{\"create_request\":{\"key\":\"dw==\",\"range_end\":\"eA==\"}}";
      socket
          .getOutputStream()
          .write(
              ("POST /v3/watch HTTP/1.0\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                  .getBytes(StandardCharsets.US_ASCII));
      var lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      assertThat(nextResult(lines).path("created").asBoolean()).isTrue();
      String value = "v".repeat(100_000);
      for (int i = 0; i < events; i++) {
        put("w" + i, value);
      }
      assertThat(Http.get("http://" + endpoint + "/health").status()).isEqualTo(200);
      int seen = 0;
      while (seen < events) {
        for (JsonNode event : nextResult(lines).path("events")) {
          assertThat(new String(event.path("kv").path("key").binaryValue(), StandardCharsets.UTF_8))
              .isEqualTo("w" + seen);
          seen++;
        }
      }
    }
    assertThat(member.lastWords()).doesNotContain("OutOfMemoryError", "defect");
  }

  private static void put(String key, String value) throws Exception {
    Base64.Encoder base64 = Base64.getEncoder();
    String body =
        "{\"key\":\"%s\",\"value\":\"%s\"}"
            .formatted(
                base64.encodeToString(key.getBytes(StandardCharsets.UTF_8)),
                base64.encodeToString(value.getBytes(StandardCharsets.UTF_8)));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + member.endpoints() + "/v3/kv/put"))
            .timeout(BOUND)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    assertThat(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(200);
  }

  /// The next line that is a message of the stream; the head of the answer is passed over.
  private static JsonNode nextResult(BufferedReader lines) throws Exception {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("{\"result\":")) {
        return JSON.readTree(line).path("result");
      }
    }
    throw new AssertionError("the stream has ended: " + member.lastWords());
  }
}
