package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// One run of a command of API v2. Arguments are raw text, one character per byte.
record V2Invocation(V2Settings settings, Flags flags, List<String> arguments, Console console) {

  V2Invocation {
    arguments = List.copyOf(arguments);
  }

  /// The first argument, which names a key.
  String key() throws Failure {
    if (arguments.isEmpty()) {
      throw Failure.error("key required");
    }
    return arguments.getFirst();
  }

  /// The second argument, or all that comes on standard input.
  String value() throws Failure, IOException {
    if (arguments.size() > 1) {
      return arguments.get(1);
    }
    String read = new String(console.input().readAllBytes(), StandardCharsets.ISO_8859_1);
    if (read.isEmpty()) {
      throw Failure.error("value required");
    }
    return read;
  }

  /// An argument as text.
  String text(int index) {
    return ByteString.copyFrom(arguments.get(index), StandardCharsets.ISO_8859_1).toStringUtf8();
  }

  V2Client client() throws Failure, Output.Closed {
    return V2Client.open(settings, console);
  }

  void print(V2Event event) throws Output.Closed {
    event.print(settings.output(), console.output());
  }

  boolean plain() {
    return settings.output().equals("simple");
  }
}
