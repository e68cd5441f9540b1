package io.kvorum.node.server.grpcproxy;

import io.grpc.Status;
import java.util.concurrent.TimeUnit;

/// Decides what becomes of watches and renewals whose member is lost: they go on at another one, as
/// long as one is found soon.
final class Losses {

  /// An election takes less; who has waited so long is told, and may know better where to ask.
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long FIRST_PAUSE_MILLIS = 20;
  private static final long LONGEST_PAUSE_MILLIS = 500;

  private static final String NO_LEADER = "etcdserver: no leader";

  /// No answer is meant by this.
  static final long GIVE_UP = -1;

  private long firstNanos;
  private int inARow;

  /// A member has answered.
  void heard() {
    inARow = 0;
  }

  /// How many milliseconds to wait before another member is asked, or [#GIVE_UP].
  long pauseMillis(Status status, long nowNanos) {
    if (!isOfTheMember(status)) {
      return GIVE_UP;
    }
    if (inARow++ == 0) {
      firstNanos = nowNanos;
      return FIRST_PAUSE_MILLIS;
    }
    return nowNanos - firstNanos > PATIENCE_NANOS
        ? GIVE_UP
        : Math.min(FIRST_PAUSE_MILLIS << Math.min(inARow, 10), LONGEST_PAUSE_MILLIS);
  }

  /// Whether the member was lost, rather than the call refused. Who insists on a leader is told at
  /// once that there is none.
  private static boolean isOfTheMember(Status status) {
    return switch (status.getCode()) {
      case UNAVAILABLE -> !NO_LEADER.equals(status.getDescription());
      case INTERNAL, CANCELLED -> true;
      default -> false;
    };
  }
}
