package io.kvorum.localkube.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/// The server's side of a WebSocket that sends text: how the fabric8 client watches.
final class WebSocket {

  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int TEXT = 0x81;
  private static final int CLOSE = 0x88;
  private static final int SHORT_LENGTH = 126;
  private static final int LONG_LENGTH = 127;

  private final OutputStream out;

  private WebSocket(OutputStream out) {
    this.out = out;
  }

  static WebSocket accept(Connection connection, HttpRequest request, Runnable onHangup)
      throws IOException {
    String key = request.header("sec-websocket-key");
    String protocol = request.header("sec-websocket-protocol");
    connection.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: "
            + answer(key)
            + "\r\n"
            + (protocol.isEmpty() ? "" : "Sec-WebSocket-Protocol: " + protocol + "\r\n")
            + "\r\n");
    connection.out().flush();
    connection.watchForFrames(onHangup);
    return new WebSocket(connection.out());
  }

  private static String answer(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((key + MAGIC).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  synchronized void send(byte[] text) throws IOException {
    frame(TEXT, text);
  }

  synchronized void close() throws IOException {
    frame(CLOSE, new byte[] {3, (byte) 0xE8});
  }

  private void frame(int type, byte[] payload) throws IOException {
    out.write(type);
    if (payload.length < SHORT_LENGTH) {
      out.write(payload.length);
    } else if (payload.length <= 0xFFFF) {
      out.write(SHORT_LENGTH);
      out.write(payload.length >> 8);
      out.write(payload.length);
    } else {
      out.write(LONG_LENGTH);
      for (int shift = 56; shift >= 0; shift -= 8) {
        out.write((int) ((long) payload.length >> shift));
      }
    }
    out.write(payload);
    out.flush();
  }
}
