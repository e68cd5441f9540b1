package io.kvorum.node.ctl;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A string in double quotes with Go's escapes, or in back quotes without any; `end` is the place
/// behind it. Text is raw, one character per byte.
record Quoted(String text, int end) {

  /// Reads what stands at `start`; null when that is no well-formed quoted string.
  static @Nullable Quoted read(String line, int start) {
    if (start >= line.length()) {
      return null;
    }
    if (line.charAt(start) == '`') {
      int end = line.indexOf('`', start + 1);
      return end < 0 ? null : new Quoted(line.substring(start + 1, end), end + 1);
    }
    if (line.charAt(start) != '"') {
      return null;
    }
    var text = new StringBuilder();
    int at = start + 1;
    while (at < line.length()) {
      char c = line.charAt(at);
      if (c == '"') {
        return new Quoted(text.toString(), at + 1);
      }
      if (c != '\\') {
        text.append(c);
        at++;
        continue;
      }
      int next = escape(line, at + 1, text);
      if (next < 0) {
        return null;
      }
      at = next;
    }
    return null;
  }

  /// Appends what the escape behind the backslash means; the place behind it, or -1.
  private static int escape(String line, int at, StringBuilder text) {
    if (at >= line.length()) {
      return -1;
    }
    char kind = line.charAt(at);
    int simple = "abfnrtv\\\"'".indexOf(kind);
    if (simple >= 0) {
      text.append("\u0007\b\f\n\r\t\u000b\\\"'".charAt(simple));
      return at + 1;
    }
    return switch (kind) {
      case 'x' -> number(line, at + 1, 2, 16, text);
      case 'u' -> number(line, at + 1, 4, 16, text);
      case 'U' -> number(line, at + 1, 8, 16, text);
      case '0', '1', '2', '3', '4', '5', '6', '7' -> number(line, at, 3, 8, text);
      default -> -1;
    };
  }

  private static int number(String line, int at, int digits, int radix, StringBuilder text) {
    if (at + digits > line.length()) {
      return -1;
    }
    String number = line.substring(at, at + digits);
    if (!number.matches(radix == 8 ? "[0-7]+" : "[0-9a-fA-F]+")) {
      return -1;
    }
    long value = Long.parseLong(number, radix);
    if (digits <= 3) {
      text.append((char) (value & 0xff));
    } else if (Character.isValidCodePoint((int) value)) {
      byte[] utf8 = Character.toString((int) value).getBytes(StandardCharsets.UTF_8);
      text.append(new String(utf8, StandardCharsets.ISO_8859_1));
    } else {
      return -1;
    }
    return at + digits;
  }
}
