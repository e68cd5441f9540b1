package io.kvorum.node.server.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Connections that send what no good client sends, byte by byte.
final class RoughClientsTest {

  private static final int READ_MILLIS = 5_000;

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
  void pipelinedRequests_areAnsweredInOrder() throws IOException {
    assertThat(
            exchange(get("/livez", "keep-alive") + get("/nothing", "") + get("/health", "close")))
        .containsSubsequence("200 OK", "ok\n", "404 Not Found", "200 OK", "\"health\":\"true\"");
  }

  /// Many times: where the pieces are cut is the network's choice.
  @Test
  void requestInPieces_isAnswered() throws IOException {
    for (int i = 0; i < 300; i++) {
      try (Socket socket = connect()) {
        sendInPieces(socket, get("/livez", "close"));
        assertThat(readAll(socket)).startsWith("HTTP/1.1 200 OK");
      }
    }
  }

  @Test
  void callInPieces_isAnswered() throws IOException {
    String body = "{\"key\":\"YQ==\"}";
    for (int i = 0; i < 300; i++) {
      try (Socket socket = connect()) {
        sendInPieces(
            socket,
            "POST /v3/kv/range HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(body.length(), body));
        assertThat(readAll(socket)).startsWith("HTTP/1.1 200 OK");
      }
    }
  }

  private static void sendInPieces(Socket socket, String request) throws IOException {
    for (byte b : request.getBytes(StandardCharsets.US_ASCII)) {
      socket.getOutputStream().write(b);
      socket.getOutputStream().flush();
    }
  }

  @Test
  void prefaceInPieces_isHttp2() throws IOException {
    try (Socket socket = connect()) {
      for (byte b : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII)) {
        socket.getOutputStream().write(b);
        socket.getOutputStream().flush();
      }
      byte[] frame = socket.getInputStream().readNBytes(9);
      assertThat(frame[3]).as("a SETTINGS frame").isEqualTo((byte) 4);
    }
  }

  @Test
  void garbage_isRefused() throws IOException {
    assertThat(exchange("hello\r\n\r\n")).startsWith("HTTP/1.1 400 Bad Request");
    assertThat(exchange("PRI * HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 ");
    assertThat(exchange("\u0016\u0003\u0001\u0002\r\n\r\n")).startsWith("HTTP/1.1 400");
  }

  @Test
  void tooMuch_isRefused() throws IOException {
    String long9k = "x".repeat(9_000);
    assertThat(exchange("GET /" + long9k + " HTTP/1.1\r\nHost: a\r\n\r\n"))
        .startsWith("HTTP/1.1 414 ");
    assertThat(exchange("GET / HTTP/1.1\r\nA: " + long9k + "\r\nB: " + long9k + "\r\n\r\n"))
        .startsWith("HTTP/1.1 431 ");
    assertThat(
            exchange(
                "POST /health HTTP/1.1\r\nContent-Length: 9999999\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 413 ");
  }

  @Test
  void closedAtOnce_harmsNobody() throws IOException {
    for (int i = 0; i < 200; i++) {
      connect().close();
    }
    assertThat(exchange("GET /livez HTTP/1.0\r\n\r\n")).endsWith("ok\n");
  }

  private static String get(String path, String connection) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: " + connection + "\r\n\r\n";
  }

  private static String exchange(String request) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return readAll(socket);
    }
  }

  private static Socket connect() throws IOException {
    var socket = new Socket();
    socket.connect(new InetSocketAddress(front.address, TrialFront.PORT), READ_MILLIS);
    socket.setSoTimeout(READ_MILLIS);
    socket.setTcpNoDelay(true);
    return socket;
  }

  /// Everything until the server closes.
  private static String readAll(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }
}
