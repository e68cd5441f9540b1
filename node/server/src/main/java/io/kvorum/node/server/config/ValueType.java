package io.kvorum.node.server.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Turns the text of a flag into its value. What `parse` throws says what would be right.
@FunctionalInterface
interface ValueType<T> {

  /// The value of a text.
  ///
  /// @throws IllegalArgumentException whose message tells what is wrong or what is expected
  T parse(String text);

  /// Any text.
  ValueType<String> TEXT = text -> text;

  /// Go's truth values.
  ValueType<Boolean> SWITCH =
      text ->
          switch (text) {
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            case "0", "f", "F", "false", "FALSE", "False" -> false;
            case String _ -> throw new IllegalArgumentException("expected true or false");
          };

  /// A comma-separated list of texts; empty means none.
  ValueType<List<String>> LIST =
      text ->
          text.isBlank()
              ? List.of()
              : Arrays.stream(text.split(",", -1)).map(String::strip).toList();

  /// One or more URLs.
  ValueType<List<Url>> URLS = Url::parseList;

  /// URLs, or none.
  ValueType<List<Url>> OPTIONAL_URLS = text -> text.isBlank() ? List.of() : Url.parseList(text);

  /// A cluster id as `member list` and the logs print it, or empty for none. An http or https URL,
  /// or nothing.
  ValueType<Optional<URI>> OPTIONAL_HTTP_URL =
      text -> text.isBlank() ? Optional.empty() : Optional.of(httpUrl(text));

  private static URI httpUrl(String text) {
    try {
      var url = new URI(text);
      if (("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
          && url.getHost() != null) {
        return url;
      }
    } catch (URISyntaxException _) {
      // Said below.
    }
    throw new IllegalArgumentException("expected a URL as in http://host:port/path");
  }

  ValueType<Long> OPTIONAL_ID =
      text -> {
        try {
          return text.isEmpty() ? 0L : Long.parseUnsignedLong(text, 16);
        } catch (NumberFormatException _) {
          throw new IllegalArgumentException("expected up to 16 hexadecimal digits");
        }
      };

  static ValueType<Long> whole(long min, long max) {
    return text -> {
      try {
        long value = Long.parseLong(text);
        if (value >= min && value <= max) {
          return value;
        }
      } catch (NumberFormatException _) {
        // Said below, with the range.
      }
      throw new IllegalArgumentException(
          "expected a whole number "
              + (max == Long.MAX_VALUE
                  ? min == Long.MIN_VALUE ? "" : "of at least " + min
                  : "from " + min + " to " + max));
    };
  }

  static ValueType<Duration> duration(Duration min) {
    return text -> {
      try {
        Duration value = GoDuration.parse(text);
        if (value.compareTo(min) >= 0) {
          return value;
        }
      } catch (IllegalArgumentException _) {
        // Said below, with an example.
      }
      throw new IllegalArgumentException(
          "expected a duration such as 500ms, 5s or 1h30m"
              + (min.isZero()
                  ? ""
                  : min.toSeconds() > 0
                      ? ", at least " + min.toSeconds() + "s"
                      : ", at least " + min.toMillis() + "ms"));
    };
  }

  static ValueType<String> choice(String... allowed) {
    return text -> {
      for (String one : allowed) {
        if (one.equals(text)) {
          return text;
        }
      }
      throw new IllegalArgumentException("expected " + orJoin(List.of(allowed)));
    };
  }

  private static String orJoin(List<String> words) {
    List<String> quoted = words.stream().map(word -> word.isEmpty() ? "nothing" : word).toList();
    int last = quoted.size() - 1;
    return last == 0
        ? quoted.getFirst()
        : String.join(", ", quoted.subList(0, last)) + " or " + quoted.getLast();
  }
}
