package io.kvorum.node.server.gateway;

import io.grpc.Status;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// How long the client of a call waits, as its header `Grpc-Timeout` says: a number and a unit.
sealed interface Patience {

  /// A time that has passed when the call begins, if it is negative.
  record Limited(long nanos) implements Patience {}

  record Endless() implements Patience {}

  /// What stands there is no time.
  record Unreadable(String text) implements Patience {
    Status status() {
      return Status.INVALID_ARGUMENT.withDescription("invalid grpc-timeout: " + text);
    }
  }

  /// Nothing, and a time of zero, say nothing.
  static Patience of(String text) {
    if (text.isEmpty()) {
      return new Endless();
    }
    TimeUnit unit = unit(text.charAt(text.length() - 1));
    if (unit == null) {
      return new Unreadable(text);
    }
    try {
      long nanos = unit.toNanos(Long.parseLong(text, 0, text.length() - 1, 10));
      boolean endless = nanos == 0 || nanos == Long.MAX_VALUE;
      return endless ? new Endless() : new Limited(nanos);
    } catch (NumberFormatException noNumber) {
      return new Unreadable(text);
    }
  }

  private static @Nullable TimeUnit unit(char letter) {
    return switch (letter) {
      case 'H' -> TimeUnit.HOURS;
      case 'M' -> TimeUnit.MINUTES;
      case 'S' -> TimeUnit.SECONDS;
      case 'm' -> TimeUnit.MILLISECONDS;
      case 'u' -> TimeUnit.MICROSECONDS;
      case 'n' -> TimeUnit.NANOSECONDS;
      default -> null;
    };
  }
}
