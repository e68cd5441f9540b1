package io.kvorum.node.server.v2;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The fields of a request: those of its body first, then those of its query.
final class Form {

  private final Map<String, List<String>> fields = new HashMap<>();

  /// A body or query that is no form.
  static final class MalformedFormException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedFormException(String message) {
      super(message);
    }
  }

  /// @param body as in `application/x-www-form-urlencoded`; empty: none
  Form(byte[] body, Map<String, List<String>> query) throws MalformedFormException {
    parse(new String(body, StandardCharsets.UTF_8));
    query.forEach((name, values) -> values.forEach(value -> add(name, value)));
  }

  private void add(String name, String value) {
    fields.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
  }

  private void parse(String text) throws MalformedFormException {
    for (String pair : text.split("&", -1)) {
      if (pair.indexOf(';') >= 0) {
        throw new MalformedFormException("invalid semicolon separator in query");
      }
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        add(unescaped(name), equals < 0 ? "" : unescaped(pair.substring(equals + 1)));
      }
    }
  }

  private static String unescaped(String text) throws MalformedFormException {
    var bytes = new ByteArrayOutputStream(text.length());
    byte[] raw = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == '+') {
        bytes.write(' ');
      } else if (raw[i] == '%') {
        int high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
        int low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          int end = Math.min(raw.length, i + 3);
          throw new MalformedFormException(
              "invalid URL escape \"" + new String(raw, i, end - i, StandardCharsets.UTF_8) + "\"");
        }
        bytes.write(high * 16 + low);
        i += 2;
      } else {
        bytes.write(raw[i]);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  /// The first value, or null.
  @Nullable String first(String name) {
    List<String> values = fields.get(name);
    return values == null ? null : values.getFirst();
  }

  /// The first value, or empty.
  String text(String name) {
    String value = first(name);
    return value == null ? "" : value;
  }
}
