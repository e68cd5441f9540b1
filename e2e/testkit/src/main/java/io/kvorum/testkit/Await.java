package io.kvorum.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Waits for a condition of the outside world, within a bound, and says what did not come true.
///
/// Other processes announce nothing to a test, so their state is asked for again and again: the
/// condition decides when to go on, never the clock.
public final class Await {

  private static final Duration PAUSE = Duration.ofMillis(20);

  private Await() {}

  /// Returns when the condition holds. A condition that throws does not hold yet; the last
  /// exception is the cause of the failure.
  public static void until(String what, Duration bound, Callable<Boolean> condition) {
    long end = System.nanoTime() + bound.toNanos();
    @Nullable Exception last = null;
    do {
      try {
        if (condition.call()) {
          return;
        }
        last = null;
      } catch (Exception e) {
        last = e;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    } while (System.nanoTime() < end && !Thread.currentThread().isInterrupted());
    throw new AssertionError("not within " + bound.toMillis() + " ms: " + what, last);
  }
}
