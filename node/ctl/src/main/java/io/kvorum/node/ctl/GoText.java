package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The text forms that etcdctl's users know: Go's quoted strings, durations and integers.
final class GoText {

  private static final Pattern DURATION_PART =
      Pattern.compile("(\\d+\\.?\\d*|\\.\\d+)(ns|us|\u00c2\u00b5s|ms|s|m|h)");

  private GoText() {}

  /// A quoted string: printable text as it is, everything else escaped, bytes that are no UTF-8 as
  /// `\xNN`.
  static String quote(ByteString bytes) {
    var quoted = new StringBuilder(bytes.size() + 2).append('"');
    int at = 0;
    while (at < bytes.size()) {
      int length = utf8Length(bytes, at);
      if (length == 0) {
        quoted.append("\\x%02x".formatted(bytes.byteAt(at) & 0xff));
        at++;
      } else {
        int point = bytes.substring(at, at + length).toStringUtf8().codePointAt(0);
        appendQuoted(quoted, point);
        at += length;
      }
    }
    return quoted.append('"').toString();
  }

  static String quote(String text) {
    return quote(ByteString.copyFromUtf8(text));
  }

  private static void appendQuoted(StringBuilder quoted, int point) {
    switch (point) {
      case '"', '\\' -> quoted.append('\\').appendCodePoint(point);
      case 7 -> quoted.append("\\a");
      case '\b' -> quoted.append("\\b");
      case '\f' -> quoted.append("\\f");
      case '\n' -> quoted.append("\\n");
      case '\r' -> quoted.append("\\r");
      case '\t' -> quoted.append("\\t");
      case 11 -> quoted.append("\\v");
      default -> {
        if (printable(point)) {
          quoted.appendCodePoint(point);
        } else if (point < ' ' || point == 0x7f) {
          quoted.append("\\x%02x".formatted(point));
        } else {
          quoted.append((point < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(point));
        }
      }
    }
  }

  private static boolean printable(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> point == ' ';
      default -> true;
    };
  }

  /// The length of the well-formed UTF-8 sequence that starts here, 0 when none does.
  static int utf8Length(ByteString bytes, int at) {
    int first = bytes.byteAt(at) & 0xff;
    int length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first > 0xf4 || length == 0 || at + length > bytes.size()) {
      return 0;
    }
    return bytes.substring(at, at + length).isValidUtf8() ? length : 0;
  }

  static boolean isInteger(String text) {
    return integer(text, 10) instanceof Parsed.Value;
  }

  /// A whole number of 64 bits, or why a text is none.
  sealed interface Parsed {
    record Value(long number) implements Parsed {}

    record Wrong(String why) implements Parsed {}
  }

  /// A signed number. The words of refusal are those that etcdctl's users know.
  static Parsed integer(String text, int radix) {
    boolean signed = text.startsWith("-") || text.startsWith("+");
    return parse("ParseInt", text, signed ? text.substring(1) : text, radix, signed);
  }

  /// A number without sign, up to 64 bits.
  static Parsed unsigned(String text, int radix) {
    return parse("ParseUint", text, text, radix, false);
  }

  private static Parsed parse(
      String function, String text, String digits, int radix, boolean signed) {
    String named = "strconv." + function + ": parsing " + quote(text) + ": ";
    if (!digits.matches(radix == 16 ? "[0-9a-fA-F]+" : "[0-9]+")) {
      return new Parsed.Wrong(named + "invalid syntax");
    }
    var value = new BigInteger(digits, radix);
    if (signed && text.startsWith("-")) {
      value = value.negate();
    }
    int bits = function.equals("ParseUint") ? 64 : 63;
    if (value.bitLength() > bits) {
      return new Parsed.Wrong(named + "value out of range");
    }
    return new Parsed.Value(value.longValue());
  }

  static boolean isDuration(String text) {
    String digits = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    return digits.equals("0") || digits.matches("(?:" + DURATION_PART.pattern() + ")+");
  }

  /// Reads `1m30s`, `300ms`, `0`.
  static Duration parseDuration(String text) {
    Matcher parts = DURATION_PART.matcher(text);
    var nanos = BigDecimal.ZERO;
    while (parts.find()) {
      var unit =
          switch (parts.group(2)) {
            case "ns" -> 1L;
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            default -> 1_000L;
          };
      nanos = nanos.add(new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(unit)));
    }
    long whole = nanos.min(BigDecimal.valueOf(Long.MAX_VALUE)).longValue();
    return Duration.ofNanos(text.startsWith("-") ? -whole : whole);
  }

  /// Writes a duration as `1h2m3.5s`, `4.689074ms`, `5µs`, `0s`.
  static String duration(long nanos) {
    if (nanos == 0) {
      return "0s";
    }
    if (nanos < 1_000) {
      return nanos + "ns";
    }
    if (nanos < 1_000_000) {
      return decimal(nanos, 3) + "µs";
    }
    if (nanos < 1_000_000_000) {
      return decimal(nanos, 6) + "ms";
    }
    long minutes = nanos / 60_000_000_000L;
    String seconds = decimal(nanos % 60_000_000_000L, 9) + "s";
    if (minutes == 0) {
      return seconds;
    }
    return (minutes < 60 ? "" : minutes / 60 + "h") + minutes % 60 + "m" + seconds;
  }

  private static String decimal(long value, int digitsBehindPoint) {
    var scaled =
        BigDecimal.valueOf(value, digitsBehindPoint)
            .setScale(digitsBehindPoint, RoundingMode.UNNECESSARY)
            .stripTrailingZeros();
    return scaled.signum() == 0 ? "0" : scaled.toPlainString();
  }

  /// Sizes in decimal units: `20 kB`, `1.1 MB`.
  static String size(long bytes) {
    if (bytes < 10) {
      return bytes + " B";
    }
    String[] units = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    int unit = 0;
    double value = bytes;
    while (value >= 1_000 && unit < units.length - 1) {
      value /= 1_000;
      unit++;
    }
    double rounded = Math.floor(value * 10 + 0.5) / 10;
    return rounded < 10
        ? "%.1f %s".formatted(rounded, units[unit])
        : "%d %s".formatted((long) Math.rint(rounded), units[unit]);
  }

  /// Bytes as etcdctl's `--hex` shows them: `\x66\x6f\x6f`.
  static String hex(ByteString bytes) {
    var text = new StringBuilder(4 * bytes.size());
    for (int i = 0; i < bytes.size(); i++) {
      int value = bytes.byteAt(i) & 0xff;
      text.append("\\x").append(Character.forDigit(value >> 4, 16));
      text.append(Character.forDigit(value & 15, 16));
    }
    return text.toString();
  }
}
