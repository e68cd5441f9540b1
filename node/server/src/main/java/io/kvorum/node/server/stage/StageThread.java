package io.kvorum.node.server.stage;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// A named thread that runs one stage: it sleeps until woken, and then lets the stage do all the
/// work that waits.
public final class StageThread {
  /// How long a close waits for the stage's current piece of work.
  private static final long CLOSE_TIMEOUT_MILLIS = 10_000;

  private final Work work;
  private final Consumer<Throwable> onFailure;
  private final Thread thread;
  private volatile boolean closing;

  /// One stage's work.
  @FunctionalInterface
  public interface Work {
    /// Does what waits and says whether there was anything; the thread sleeps when there was not.
    boolean run() throws Exception;
  }

  public StageThread(String name, Work work, Consumer<Throwable> onFailure) {
    this.work = work;
    this.onFailure = onFailure;
    this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::loop);
  }

  public void start() {
    thread.start();
  }

  /// Lets the thread look for work once more.
  public void wake() {
    LockSupport.unpark(thread);
  }

  /// Ends the thread after the work that waits now.
  public void close() {
    closing = true;
    wake();
    if (Thread.currentThread().equals(thread)) {
      return;
    }
    try {
      thread.join(CLOSE_TIMEOUT_MILLIS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void loop() {
    try {
      while (true) {
        var lastRound = closing;
        if (work.run()) {
          continue;
        }
        if (lastRound) {
          return;
        }
        LockSupport.park(this);
      }
    } catch (Throwable failure) {
      onFailure.accept(failure);
    }
  }
}
