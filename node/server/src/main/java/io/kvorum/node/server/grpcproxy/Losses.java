package io.kvorum.node.server.grpcproxy;

import io.grpc.Status;
import java.util.concurrent.TimeUnit;

/// Decides what becomes of watches whose member is lost: they go on at another one, as long as one
/// is found soon.
///
/// A stream counts as found once it has stayed for a while. One that answers and is lost at once is
/// no better than none: without that, a member that admits watches and fails then would be asked
/// fifty times a second, for ever.
final class Losses {

  /// An election takes less; who has waited so long is told, and may know better where to ask.
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long FIRST_PAUSE_MILLIS = 20;
  private static final long LONGEST_PAUSE_MILLIS = 500;

  /// A stream that has stayed so long since its first answer is a good one.
  private static final long STEADY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final String NO_LEADER = "etcdserver: no leader";

  /// No answer is meant by this.
  static final long GIVE_UP = -1;

  private long firstNanos;
  private int inARow;

  /// When the stream that is open has brought its first answer, if it has.
  private long answeredNanos;

  private boolean answered;

  /// A member has answered.
  void heard(long nowNanos) {
    if (!answered) {
      answered = true;
      answeredNanos = nowNanos;
    }
  }

  /// How many milliseconds to wait before another member is asked, or [#GIVE_UP].
  long pauseMillis(Status status, long nowNanos) {
    if (!isOfTheMember(status)) {
      return GIVE_UP;
    }
    if (answered && nowNanos - answeredNanos >= STEADY_NANOS) {
      inARow = 0;
    }
    answered = false;
    if (inARow++ == 0) {
      firstNanos = nowNanos;
      return FIRST_PAUSE_MILLIS;
    }
    return nowNanos - firstNanos > PATIENCE_NANOS
        ? GIVE_UP
        : Math.min(FIRST_PAUSE_MILLIS << Math.min(inARow, 10), LONGEST_PAUSE_MILLIS);
  }

  /// What a client is told of it, when nobody is asked any more: one that has only lost its member
  /// asks again. Some take "cancelled" for their own wish.
  static Status told(Status status) {
    return isOfTheMember(status) && status.getCode() != Status.Code.UNAVAILABLE
        ? Status.UNAVAILABLE.withDescription(
            "the member is lost: " + status.getCode() + ": " + status.getDescription())
        : status;
  }

  /// Whether the member was lost, rather than the call refused. Who insists on a leader is told at
  /// once that there is none.
  static boolean isOfTheMember(Status status) {
    return switch (status.getCode()) {
      case UNAVAILABLE -> !NO_LEADER.equals(status.getDescription());
      case INTERNAL, CANCELLED, OK -> true;
      default -> false;
    };
  }
}
