package io.kvorum.node.server.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Durations as etcd's flags write them: `1h30m`, `100ms`, `1.5s`, and a bare `0`.
final class GoDuration {

  private static final Pattern PART = Pattern.compile("(\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|ms|s|m|h)");
  private static final Pattern WHOLE = Pattern.compile("[+-]?(" + PART.pattern() + ")+");

  private GoDuration() {}

  static Duration parse(String given) {
    if (given.equals("0") || given.equals("+0") || given.equals("-0")) {
      return Duration.ZERO;
    }
    if (!WHOLE.matcher(given).matches()) {
      throw new IllegalArgumentException("not a duration");
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher part = PART.matcher(given);
    while (part.find()) {
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(nanosOf(part.group(2))));
    }
    try {
      Duration duration = Duration.ofNanos(nanos.toBigInteger().longValueExact());
      return given.startsWith("-") ? duration.negated() : duration;
    } catch (ArithmeticException _) {
      throw new IllegalArgumentException("a duration of more than 292 years");
    }
  }

  private static BigDecimal nanosOf(String unit) {
    return BigDecimal.valueOf(
        switch (unit) {
          case "ns" -> 1L;
          case "us", "µs" -> 1_000L;
          case "ms" -> 1_000_000L;
          case "s" -> 1_000_000_000L;
          case "m" -> 60_000_000_000L;
          case String _ -> 3_600_000_000_000L;
        });
  }
}
