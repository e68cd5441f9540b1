package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The flags that were set, over their defaults. A value is checked when it is set.
///
/// Values are kept as raw text: one character (0 to 255) per byte, as the shell gave them.
final class Flags {

  private final Map<String, Flag> known = new HashMap<>();
  private final Map<String, String> set = new HashMap<>();

  Flags(List<Flag> flags) {
    flags.forEach(flag -> known.put(flag.name(), flag));
  }

  /// Sets a known flag; a list grows with each setting.
  void set(Flag flag, String raw, String shownAs) throws Failure {
    check(flag, raw, shownAs);
    if (flag.kind() == Flag.Kind.LIST && set.containsKey(flag.name())) {
      set.merge(flag.name(), raw, (before, more) -> before + "," + more);
    } else {
      set.put(flag.name(), raw);
    }
  }

  private static void check(Flag flag, String raw, String shownAs) throws Failure {
    String expected =
        switch (flag.kind()) {
          case SWITCH -> parseSwitch(raw) == null ? "true or false" : "";
          case NUMBER -> GoText.isInteger(raw) ? "" : "a whole number";
          case DURATION -> GoText.isDuration(raw) ? "" : "a duration such as 5s, 300ms or 1m30s";
          case TEXT, LIST -> "";
        };
    if (!expected.isEmpty()) {
      throw Failure.error(
          "invalid argument %s for %s: expected %s"
              .formatted(GoText.quote(bytes(raw)), shownAs, expected));
    }
  }

  private static @org.jspecify.annotations.Nullable Boolean parseSwitch(String raw) {
    return switch (raw) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> null;
    };
  }

  Set<String> named() {
    return set.keySet();
  }

  boolean isSet(String name) {
    return set.containsKey(name);
  }

  /// The value as it was given.
  String raw(String name) {
    Flag flag = known.get(name);
    if (flag == null) {
      throw new IllegalStateException("no such flag: " + name);
    }
    return set.getOrDefault(name, flag.fallback());
  }

  boolean on(String name) {
    return Boolean.TRUE.equals(parseSwitch(raw(name)));
  }

  long number(String name) {
    return Long.parseLong(raw(name));
  }

  /// A number from 1 on that fits an int.
  int positive(String name) throws Failure {
    long number = number(name);
    if (number < 1 || number > Integer.MAX_VALUE) {
      throw Failure.badArguments("--" + name + " is a number from 1 on, not " + number);
    }
    return (int) number;
  }

  String text(String name) {
    return bytes(raw(name)).toStringUtf8();
  }

  Duration duration(String name) {
    return GoText.parseDuration(raw(name));
  }

  /// The comma-separated parts, empty ones left out.
  List<String> list(String name) {
    var parts = new ArrayList<String>();
    for (String part : text(name).split(",", -1)) {
      if (!part.isBlank()) {
        parts.add(part.strip());
      }
    }
    return parts;
  }

  /// The bytes that raw text stands for.
  static ByteString bytes(String raw) {
    return ByteString.copyFrom(raw, StandardCharsets.ISO_8859_1);
  }
}
