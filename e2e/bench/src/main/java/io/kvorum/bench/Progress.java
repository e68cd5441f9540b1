package io.kvorum.bench;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// One line on standard error, renewed each second, with what a load has done so far.
final class Progress implements AutoCloseable {

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("progress").unstarted(task));
  private final Load load;
  private final Plan plan;
  private final boolean shown;
  private final long begun = System.nanoTime();
  private long answeredBefore;

  private Progress(boolean shown, Load load, Plan plan) {
    this.shown = shown;
    this.load = load;
    this.plan = plan;
  }

  static Progress show(boolean shown, Load load, Plan plan) {
    var progress = new Progress(shown, load, plan);
    if (shown) {
      var _ = progress.timer.scheduleAtFixedRate(progress::print, 1, 1, TimeUnit.SECONDS);
    }
    return progress;
  }

  private void print() {
    long answered = load.answered();
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
    String share =
        plan.total() > 0
            ? " of " + plan.total()
            : " in %d of %d s".formatted(seconds, plan.duration().toSeconds());
    System.err.printf("\r%d%s, %d/s   ", answered, share, answered - answeredBefore);
    answeredBefore = answered;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    if (shown) {
      System.err.print("\r                                                  \r");
    }
  }
}
