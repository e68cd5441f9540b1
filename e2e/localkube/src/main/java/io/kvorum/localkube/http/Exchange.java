package io.kvorum.localkube.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/// The answer to one request: sent whole, streamed, or turned into a WebSocket.
final class Exchange {

  private final Connection connection;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private final StringBuilder warnings = new StringBuilder();
  private boolean answered;

  Exchange(Connection connection) {
    this.connection = connection;
  }

  /// Adds a header to the answer that is still to come.
  void header(String name, String value) {
    headers.put(name, value);
  }

  /// Adds a Kubernetes warning, which kubectl shows its user.
  void warn(String text) {
    warnings
        .append("Warning: 299 - \"")
        .append(text.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\p{Cntrl}", " "))
        .append("\"\r\n");
  }

  boolean answered() {
    return answered;
  }

  void respond(int code, String contentType, byte[] body) throws IOException {
    head(code, contentType, "Content-Length: " + body.length + "\r\n");
    connection.out().write(body);
    connection.out().flush();
  }

  /// A stream of unknown length; each flush reaches the client. When the client hangs up,
  /// `onHangup` runs.
  OutputStream stream(int code, String contentType, Runnable onHangup) throws IOException {
    head(code, contentType, "Transfer-Encoding: chunked\r\n");
    connection.out().flush();
    connection.watchForHangup(onHangup);
    return new Chunks(connection.out());
  }

  WebSocket upgrade(HttpRequest request, Runnable onHangup) throws IOException {
    answered = true;
    return WebSocket.accept(connection, request, onHangup);
  }

  private void head(int code, String contentType, String length) throws IOException {
    answered = true;
    var head = new StringBuilder("HTTP/1.1 ").append(code).append(' ').append(reason(code));
    head.append("\r\nContent-Type: ").append(contentType).append("\r\n").append(length);
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append(warnings).append("\r\n");
    connection.write(head.toString());
  }

  static String reason(int code) {
    return switch (code) {
      case 101 -> "Switching Protocols";
      case 200 -> "OK";
      case 201 -> "Created";
      case 202 -> "Accepted";
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 409 -> "Conflict";
      case 410 -> "Gone";
      case 413 -> "Content Too Large";
      case 422 -> "Unprocessable Content";
      case 500 -> "Internal Server Error";
      case 501 -> "Not Implemented";
      default -> "Status";
    };
  }

  /// Chunked transfer encoding: what is written between two flushes is one chunk.
  private static final class Chunks extends OutputStream {
    private final OutputStream out;
    private final ByteArrayOutputStream chunk = new ByteArrayOutputStream();

    Chunks(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) {
      chunk.write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      chunk.write(bytes, from, length);
    }

    @Override
    public void flush() throws IOException {
      if (chunk.size() > 0) {
        out.write((Integer.toHexString(chunk.size()) + "\r\n").getBytes(Connection.HEAD_CHARSET));
        chunk.writeTo(out);
        out.write("\r\n".getBytes(Connection.HEAD_CHARSET));
        chunk.reset();
      }
      out.flush();
    }

    @Override
    public void close() throws IOException {
      flush();
      out.write("0\r\n\r\n".getBytes(Connection.HEAD_CHARSET));
      out.flush();
    }
  }
}
