package io.kvorum.node.ctl;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Lines of an input as raw text, one character per byte. Reads no further than the line asked for.
final class Lines {

  private final InputStream input;

  Lines(InputStream input) {
    this.input = input;
  }

  /// The next line without its end; null when the input ended before a line's end.
  @Nullable String next() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int c = input.read(); c >= 0; c = input.read()) {
      if (c == '\n') {
        return line.toString(StandardCharsets.ISO_8859_1);
      }
      line.write(c);
    }
    return null;
  }
}
