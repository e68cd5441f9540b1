package io.kvorum.node.server.front;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Calls by JSON, byte by byte: bodies of every form and length, and clients that stop halfway.
final class JsonCallsTest {

  private static final int READ_MILLIS = 20_000;
  private static final String PUT = "{\"key\":\"YQ==\",\"value\":\"Yg==\"}";
  private static final String DONE = "\"revision\":\"7\"}}";

  private static final String WATCH = "POST /v3/watch HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";

  private static TrialFront front;

  @BeforeAll
  static void open() {
    front = new TrialFront("http");
  }

  @AfterAll
  static void close() {
    front.close();
  }

  @Test
  void bodyOfKnownLength_isTaken() throws IOException {
    assertThat(exchange(post("/v3/kv/put", "close", PUT)))
        .startsWith("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
        .endsWith(DONE);
  }

  @Test
  void bodyInChunks_isTaken() throws IOException {
    String head =
        "POST /v3/kv/put HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    var chunks = new StringBuilder();
    for (int i = 0; i < PUT.length(); i++) {
      chunks.append("1\r\n").append(PUT.charAt(i)).append("\r\n");
    }
    assertThat(exchange(head + chunks + "0\r\n\r\n")).startsWith("HTTP/1.1 200 ").endsWith(DONE);
    // The message is whole before the body is.
    assertThat(exchange(head + chunks + "2\r\n  \r\n0\r\n\r\n")).endsWith(DONE);
  }

  @Test
  void pipelinedCalls_areAnsweredInOrder() throws IOException {
    var requests = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      requests.append(post("/v3/kv/put", "keep-alive", PUT));
      requests.append("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    requests.append(post("/v3/kv/put", "close", PUT));
    String answers = exchange(requests.toString());
    assertThat(answers.split("HTTP/1.1 200 OK", -1)).hasSize(502);
    assertThat(answers.split("HTTP/1.1 404 Not Found", -1)).hasSize(501);
    assertThat(answers).endsWith(DONE);
  }

  @Test
  void clientThatWaitsForContinue_isTold() throws IOException {
    try (Socket socket = connect(front)) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ascii(
              "POST /v3/kv/put HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n"
                  + "Content-Length: "
                  + PUT.length()
                  + "\r\n\r\n"));
      byte[] interim = socket.getInputStream().readNBytes(25);
      assertThat(new String(interim, StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      out.write(ascii(PUT));
      assertThat(readAll(socket)).startsWith("HTTP/1.1 200 OK").endsWith(DONE);
    }
  }

  @Test
  void longestValue_isTakenAndGiven() throws IOException {
    String value = Base64.getEncoder().encodeToString(new byte[1_572_864 - 100]);
    assertThat(
            exchange(
                post("/v3/kv/put", "close", "{\"key\":\"bG9uZw==\",\"value\":\"" + value + "\"}")))
        .endsWith(DONE);
    assertThat(exchange(post("/v3/kv/range", "close", "{\"key\":\"bG9uZw==\"}")))
        .contains("\"value\":\"" + value + "\"");
  }

  @Test
  void tooLongBody_isRefused() throws IOException {
    String tooLong = Base64.getEncoder().encodeToString(new byte[2_200_000]);
    assertThat(exchange(post("/v3/kv/put", "close", "{\"value\":\"" + tooLong + "\"}")))
        .startsWith("HTTP/1.1 429 ")
        .contains(
            "{\"error\":\"grpc: received message larger than max (2200005 vs. 2097152)\",\"message\":");
    String endless = "{\"value\":\"" + "A".repeat(6_000_000);
    assertThat(exchange(post("/v3/kv/put", "close", endless)))
        .startsWith("HTTP/1.1 429 ")
        .contains("grpc: received message larger than max");
  }

  @Test
  void manyLongBodiesAtOnce_areAllTaken() throws Exception {
    String value = Base64.getEncoder().encodeToString(new byte[1_000_000]);
    String request = post("/v3/kv/put", "close", "{\"key\":\"YQ==\",\"value\":\"" + value + "\"}");
    var exchanges = new ArrayList<Callable<String>>();
    for (int i = 0; i < 60; i++) {
      exchanges.add(() -> exchange(request));
    }
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<String> answer : clients.invokeAll(exchanges)) {
        assertThat(answer.get()).endsWith(DONE);
      }
    }
  }

  @Test
  void halfABody_isNotWaitedForLong() throws IOException {
    var impatient =
        new TrialFront("http") {
          @Override
          Patience patience() {
            return new Patience(10_000, 2_000, 2_000, 60_000, 2_000);
          }
        };
    var stalled = new ArrayList<Socket>();
    try (impatient) {
      for (String half :
          List.of(
              "POST /v3/kv/put HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{\"key\":",
              "POST /v3/kv/put HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n{\"value\":\""
                  + "A".repeat(200_000),
              "POST /v3/kv/put HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"",
              "POST /v3/kv/put HTTP/1.1\r\nHost: a\r\n")) {
        Socket socket = connect(impatient);
        stalled.add(socket);
        socket.getOutputStream().write(ascii(half));
      }
      for (Socket socket : stalled) {
        assertThat(readAll(socket)).isEmpty();
      }
    } finally {
      for (Socket socket : stalled) {
        socket.close();
      }
    }
  }

  /// The answer goes on while the body does, each end by itself.
  @Test
  void openBody_isAnsweredPieceByPiece() throws IOException {
    try (Socket socket = connect(front)) {
      OutputStream out = socket.getOutputStream();
      out.write(ascii(WATCH + "Transfer-Encoding: chunked\r\n\r\n"));
      var lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      for (int i = 0; i < 3; i++) {
        out.write(ascii("16\r\n{\"create_request\":{}}\n\r\n"));
        assertThat(lines.lines().filter(line -> line.startsWith("{")).findFirst())
            .contains("{\"result\":{\"created\":true}}");
      }
      out.write(ascii("1\r\n}\r\n"));
      assertThat(lines.lines().filter(line -> line.startsWith("{")).findFirst().orElseThrow())
          .startsWith("{\"error\":{\"grpc_code\":3,\"http_code\":400,");
    }
  }

  @Test
  void openStreams_endWhenTheFrontCloses() throws Exception {
    var closing = new TrialFront("http");
    try (closing;
        Socket socket = connect(closing)) {
      String body = "{\"create_request\":{}}";
      socket
          .getOutputStream()
          .write(ascii(WATCH + "Content-Length: " + body.length() + "\r\n\r\n" + body));
      var lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      assertThat(lines.lines().filter(line -> line.startsWith("{")).findFirst())
          .contains("{\"result\":{\"created\":true}}");
      Thread closer = Thread.ofVirtual().start(closing::close);
      assertThat(lines.lines().toList())
          .contains("0")
          .anyMatch(line -> line.contains("etcdserver: server stopped"));
      closer.join();
    }
  }

  @Test
  void damagedChunk_endsTheConnection() throws IOException {
    assertThat(
            exchange(
                "POST /v3/kv/put HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"))
        .isEmpty();
  }

  /// What two servers in a row could read differently is no request.
  @Test
  void ambiguousLength_isRefused() throws IOException {
    assertThat(
            exchange(
                "POST /v3/kv/put HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 30\r\n\r\n{}"))
        .startsWith("HTTP/1.1 400 ");
  }

  @Test
  void logLevel_isSet() throws IOException {
    assertThat(exchange(put("/config/local/log", "{\"Level\":\"INFO\"}")))
        .startsWith("HTTP/1.1 204 No Content");
    assertThat(exchange(put("/config/local/log", "{\"Level\":\"LOUD\"}")))
        .startsWith("HTTP/1.1 400 ")
        .endsWith("{\"message\":\"Invalid log level LOUD\"}");
    assertThat(exchange(put("/config/local/log", "LOUD")))
        .endsWith("{\"message\":\"Invalid json body\"}");
  }

  private static String put(String path, String body) {
    return post(path, "close", body).replaceFirst("POST", "PUT");
  }

  private static String post(String path, String connection, String body) {
    return "POST %s HTTP/1.1\r\nHost: a\r\nConnection: %s\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(path, connection, body.length(), body);
  }

  private static String exchange(String request) throws IOException {
    String answer;
    Thread sender;
    try (Socket socket = connect(front)) {
      sender = Thread.ofVirtual().start(() -> send(socket, request));
      answer = readAll(socket);
    }
    try {
      sender.join();
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
    return answer;
  }

  private static void send(Socket socket, String request) {
    try {
      socket.getOutputStream().write(ascii(request));
    } catch (IOException _) {
      // The server has answered early; its answer is what counts.
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static Socket connect(TrialFront to) throws IOException {
    var socket = new Socket();
    socket.connect(new InetSocketAddress(to.address, TrialFront.PORT), READ_MILLIS);
    socket.setSoTimeout(READ_MILLIS);
    socket.setTcpNoDelay(true);
    return socket;
  }

  /// Everything until the server closes.
  private static String readAll(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }
}
