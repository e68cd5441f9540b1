package io.kvorum.node.server.http;

import java.util.Collection;
import java.util.stream.Collectors;

/// Strings in JSON as etcd's encoder writes them.
public final class JsonText {

  private JsonText() {}

  public static String list(Collection<String> texts) {
    return texts.stream().map(JsonText::quote).collect(Collectors.joining(",", "[", "]"));
  }

  /// A string, with what could be read as HTML escaped.
  public static String quote(String string) {
    var quoted = new StringBuilder(string.length() + 2).append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        case '<', '>', '&', '\u2028', '\u2029' -> quoted.append("\\u%04x".formatted((int) c));
        default -> {
          if (c < ' ') {
            quoted.append("\\u%04x".formatted((int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
