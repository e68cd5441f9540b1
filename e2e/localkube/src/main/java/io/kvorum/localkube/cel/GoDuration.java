package io.kvorum.localkube.cel;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Go's notation of durations, such as `1h30m` or `250ms`.
final class GoDuration {

  private static final Pattern PART =
      Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|ms|s|m|h)");

  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private GoDuration() {}

  static Duration parse(String text) {
    String rest = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return Duration.ZERO;
    }
    Matcher part = PART.matcher(rest);
    long nanos = 0;
    int end = 0;
    while (part.find() && part.start() == end) {
      long unit = NANOS.getOrDefault(part.group(2), 0L);
      nanos += new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)).longValue();
      end = part.end();
    }
    if (end == 0 || end != rest.length()) {
      throw new IllegalArgumentException("not a duration: \"" + text + "\"");
    }
    return Duration.ofNanos(text.startsWith("-") ? -nanos : nanos);
  }
}
