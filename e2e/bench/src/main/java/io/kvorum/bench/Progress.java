package io.kvorum.bench;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// One line on standard error, renewed each second, with what has been done so far.
final class Progress implements AutoCloseable {

  private static final int LINE_WIDTH = 70;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("progress").unstarted(task));
  private final LongSupplier done;
  private final String what;
  private final Plan plan;
  private final boolean shown;
  private final long begun = System.nanoTime();
  private long answeredBefore;

  private Progress(boolean shown, LongSupplier done, String what, Plan plan) {
    this.shown = shown;
    this.done = done;
    this.what = what;
    this.plan = plan;
  }

  static Progress show(boolean shown, Load load, Plan plan) {
    return show(shown, load::answered, "requests", plan);
  }

  /// @param done how many have been answered, or delivered, so far
  /// @param plan whose total counts the same
  static Progress show(boolean shown, LongSupplier done, String what, Plan plan) {
    var progress = new Progress(shown, done, what, plan);
    if (shown) {
      var _ = progress.timer.scheduleAtFixedRate(progress::print, 1, 1, TimeUnit.SECONDS);
    }
    return progress;
  }

  private void print() {
    long answered = done.getAsLong();
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
    String share =
        plan.total() > 0
            ? " of " + plan.total()
            : " in %d of %d s".formatted(seconds, plan.duration().toSeconds());
    System.err.printf("\r%d%s %s, %d/s   ", answered, share, what, answered - answeredBefore);
    answeredBefore = answered;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    if (shown) {
      System.err.print("\r" + " ".repeat(LINE_WIDTH) + "\r");
    }
  }
}
