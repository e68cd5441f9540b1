package io.kvorum.localkube.http;

import io.kvorum.localkube.json.Json;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One client's connection: requests one after the other, HTTP/1.1 with keep-alive.
final class Connection implements Runnable {

  static final Charset HEAD_CHARSET = StandardCharsets.ISO_8859_1;

  /// kubectl's largest honest URLs and headers are far below this.
  private static final int MAX_LINE_BYTES = 64 << 10;

  private static final int MAX_HEADERS = 200;

  /// Kubernetes' own limit of a request body is 3 MiB.
  private static final int MAX_BODY_BYTES = 4 << 20;

  /// A connection without a request for so long is closed; clients open another.
  private static final int IDLE_MILLIS = 600_000;

  private final Socket socket;
  private final HttpServer.Handler handler;
  private final InputStream in;
  private final OutputStream out;

  /// True once a thread waits for the client to hang up: no further request can be read.
  private boolean watched;

  Connection(Socket socket, HttpServer.Handler handler) throws IOException {
    this.socket = socket;
    this.handler = handler;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(IDLE_MILLIS);
    this.in = new BufferedInputStream(socket.getInputStream());
    this.out = new BufferedOutputStream(socket.getOutputStream(), 16 << 10);
  }

  @Override
  public void run() {
    try (socket) {
      boolean more = true;
      while (more) {
        more = serveOne();
      }
    } catch (IOException e) {
      // The client is gone, or was idle too long: nobody is left to tell.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean serveOne() throws IOException, InterruptedException {
    HttpRequest request;
    try {
      request = read();
    } catch (HttpException e) {
      byte[] text = String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8);
      new Exchange(this).respond(e.code(), "text/plain", text);
      return false;
    }
    if (request == null) {
      return false;
    }
    handler.handle(request, new Exchange(this));
    out.flush();
    return !watched && !request.header("connection").equalsIgnoreCase("close");
  }

  OutputStream out() {
    return out;
  }

  void write(String text) throws IOException {
    out.write(text.getBytes(HEAD_CHARSET));
  }

  /// Reads ahead in another thread: the end of the stream means that the client hung up.
  void watchForHangup(Runnable onHangup) {
    watched = true;
    Thread.ofVirtual()
        .name("hangup")
        .start(() -> {
          try {
            while (in.read() >= 0) {
              // A client that watches has nothing to say.
            }
          } catch (SocketTimeoutException e) {
            watchForHangup(onHangup);
            return;
          } catch (IOException e) {
            // Reset: gone as well.
          }
          onHangup.run();
        });
  }

  /// As `watchForHangup`, for a WebSocket: a close frame is a hangup, too.
  void watchForFrames(Runnable onHangup) {
    watched = true;
    Thread.ofVirtual()
        .name("frames")
        .start(() -> {
          try {
            socket.setSoTimeout(0);
            while (frame()) {
              // Pings of these clients are unheard of; anything else says nothing to us.
            }
          } catch (IOException e) {
            // Reset: gone as well.
          }
          onHangup.run();
        });
  }

  /// Reads one masked frame of a client; false at the end.
  private boolean frame() throws IOException {
    int type = in.read();
    int second = in.read();
    if (type < 0 || second < 0 || (type & 0x0F) == 8) {
      return false;
    }
    long length = second & 0x7F;
    if (length >= 126) {
      int bytes = length == 126 ? 2 : 8;
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = (length << 8) | (in.read() & 0xFF);
      }
    }
    in.skipNBytes(length + ((second & 0x80) == 0 ? 0 : 4));
    return true;
  }

  /// The next request, or null when the client ended the connection.
  private @Nullable HttpRequest read() throws IOException, HttpException {
    String first = line();
    if (first == null || first.isEmpty()) {
      return null;
    }
    String[] words = first.split(" ", -1);
    if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
      throw new HttpException(400, "not an HTTP/1.1 request");
    }
    Map<String, String> headers = headers();
    if (headers.getOrDefault("expect", "").equalsIgnoreCase("100-continue")) {
      write("HTTP/1.1 100 Continue\r\n\r\n");
      out.flush();
    }
    return HttpRequest.of(words[0], words[1], headers, body(headers));
  }

  private Map<String, String> headers() throws IOException, HttpException {
    Map<String, String> headers = new HashMap<>();
    for (int i = 0; i < MAX_HEADERS; i++) {
      String line = line();
      if (line == null) {
        throw new EOFException("the client hung up within its headers");
      }
      if (line.isEmpty()) {
        return headers;
      }
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw new HttpException(400, "a header has no name");
      }
      String name = Json.lower(line.substring(0, colon));
      headers.merge(name, line.substring(colon + 1).strip(), (a, b) -> a + "," + b);
    }
    throw new HttpException(431, "more than " + MAX_HEADERS + " headers");
  }

  private byte[] body(Map<String, String> headers) throws IOException, HttpException {
    if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
      return chunked();
    }
    String length = headers.getOrDefault("content-length", "0");
    if (!length.matches("\\d{1,9}") || Integer.parseInt(length) > MAX_BODY_BYTES) {
      throw new HttpException(413, "the body must be at most " + MAX_BODY_BYTES + " bytes");
    }
    return exactly(Integer.parseInt(length));
  }

  private byte[] chunked() throws IOException, HttpException {
    var body = new ByteArrayOutputStream();
    while (true) {
      String size = line();
      if (size == null || !size.strip().matches("[0-9a-fA-F]{1,7}(;.*)?")) {
        throw new HttpException(400, "a chunk has no size");
      }
      int length = Integer.parseInt(size.strip().split(";", 2)[0], 16);
      if (body.size() + length > MAX_BODY_BYTES) {
        throw new HttpException(413, "the body must be at most " + MAX_BODY_BYTES + " bytes");
      }
      if (length == 0) {
        String trailer = line();
        while (trailer != null && !trailer.isEmpty()) {
          trailer = line();
        }
        return body.toByteArray();
      }
      body.writeBytes(exactly(length));
      line();
    }
  }

  private byte[] exactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the client hung up within its body");
    }
    return bytes;
  }

  /// One line without its end; null at the end of the stream.
  private @Nullable String line() throws IOException, HttpException {
    var line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        return null;
      }
      line.write(b);
      if (line.size() > MAX_LINE_BYTES) {
        throw new HttpException(431, "a line is longer than " + MAX_LINE_BYTES + " bytes");
      }
    }
    String text = line.toString(HEAD_CHARSET);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }
}
