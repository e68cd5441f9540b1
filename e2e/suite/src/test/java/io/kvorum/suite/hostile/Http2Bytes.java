package io.kvorum.suite.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Writes HTTP/2 frames by hand, right or wrong as its caller likes.
final class Http2Bytes {

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Http2Bytes() {
    out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    frame(SETTINGS, 0, 0, new byte[0]);
  }

  Http2Bytes frame(int type, int flags, int stream, byte[] payload) {
    number(payload.length, 3);
    out.write(type);
    out.write(flags);
    number(stream, 4);
    out.writeBytes(payload);
    return this;
  }

  /// The head of a gRPC call.
  Http2Bytes call(int stream, String method, List<String> moreHeaders) {
    var block = new ByteArrayOutputStream();
    List<String> usual =
        List.of(
            ":method",
            "POST",
            ":scheme",
            "http",
            ":path",
            "/" + method,
            ":authority",
            "a",
            "content-type",
            "application/grpc",
            "te",
            "trailers");
    for (List<String> headers : List.of(usual, moreHeaders)) {
      for (int i = 0; i + 1 < headers.size(); i += 2) {
        block.write(0);
        text(block, headers.get(i));
        text(block, headers.get(i + 1));
      }
    }
    return frame(HEADERS, END_HEADERS, stream, block.toByteArray());
  }

  /// A gRPC message with the length that is claimed, which may be another than its own.
  Http2Bytes message(int stream, int compressed, long claimed, byte[] bytes, int flags) {
    var data = new ByteArrayOutputStream();
    data.write(compressed);
    for (int shift = 24; shift >= 0; shift -= 8) {
      data.write((int) (claimed >>> shift));
    }
    data.writeBytes(bytes);
    return frame(DATA, flags, stream, data.toByteArray());
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  private void number(int value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out.write(value >>> shift);
    }
  }

  /// A length with a prefix of 7 bits, then the text as it is.
  private static void text(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int rest = bytes.length - 0x7F;
    block.write(Math.min(bytes.length, 0x7F));
    if (rest >= 0) {
      while (rest >= 0x80) {
        block.write((rest & 0x7F) | 0x80);
        rest >>>= 7;
      }
      block.write(rest);
    }
    block.writeBytes(bytes);
  }
}
