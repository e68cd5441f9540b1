package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// A stream of text and raw bytes. Buffered: whoever waits for the world flushes first.
final class Output {

  private static final int BUFFER_BYTES = 64 << 10;

  /// The reader is gone.
  static final class Closed extends IOException {
    private static final long serialVersionUID = 1;

    Closed(IOException cause) {
      super(cause);
    }
  }

  private final OutputStream stream;

  Output(OutputStream stream) {
    this.stream = new BufferedOutputStream(stream, BUFFER_BYTES);
  }

  synchronized void text(String text) throws Closed {
    bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  synchronized void line(String text) throws Closed {
    text(text);
    text("\n");
  }

  synchronized void bytes(ByteString bytes) throws Closed {
    try {
      bytes.writeTo(stream);
    } catch (IOException e) {
      throw new Closed(e);
    }
  }

  synchronized void bytes(byte[] bytes) throws Closed {
    try {
      stream.write(bytes);
    } catch (IOException e) {
      throw new Closed(e);
    }
  }

  synchronized void flush() throws Closed {
    try {
      stream.flush();
    } catch (IOException e) {
      throw new Closed(e);
    }
  }

  /// For serializers; what they write is buffered with the rest.
  OutputStream stream() {
    return stream;
  }
}
