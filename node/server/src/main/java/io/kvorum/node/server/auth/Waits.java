package io.kvorum.node.server.auth;

import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.server.stage.StateObserver;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/// Calls that wait until the state of this member has come so far, or for so long. How far is a
/// number that only grows, as the applied index.
final class Waits implements StateObserver {
  /// More than wait for a member that is a moment behind; the rest need not wait and is told so.
  private static final int MAX_WAITING = 10_000;

  private final long timeoutNanos;
  private final LongSupplier nanoTime;
  private final ToLongFunction<View> reached;
  private final LongSupplier heard;
  private final PriorityQueue<Wait> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Wait::goal));
  private volatile boolean any;

  private record Wait(long goal, long deadlineNanos, Runnable goOn) {}

  /// @param reached how far a state is
  /// @param heard how far the state is that waiting calls would see now
  Waits(
      long timeoutNanos, LongSupplier nanoTime, ToLongFunction<View> reached, LongSupplier heard) {
    this.timeoutNanos = timeoutNanos;
    this.nanoTime = nanoTime;
    this.reached = reached;
    this.heard = heard;
  }

  /// Runs it once the state is as far as the goal, or after the timeout all the same.
  void until(long goal, Runnable goOn) {
    if (heard.getAsLong() < goal && maybeWait(goal, goOn)) {
      return;
    }
    goOn.run();
  }

  private synchronized boolean maybeWait(long goal, Runnable goOn) {
    any = true;
    // Read after `any` is set: either the apply stage sees the wait, or this sees the state.
    if (waiting.size() == MAX_WAITING || heard.getAsLong() >= goal) {
      return false;
    }
    waiting.add(new Wait(goal, nanoTime.getAsLong() + timeoutNanos, goOn));
    return true;
  }

  @Override
  public void applied(Applied applied) {
    if (any) {
      release(reached.applyAsLong(applied.view()));
    }
  }

  @Override
  public void restored(View view) {
    if (any) {
      release(reached.applyAsLong(view));
    }
  }

  private void release(long now) {
    var released = new ArrayList<Runnable>();
    synchronized (this) {
      while (!waiting.isEmpty() && waiting.element().goal() <= now) {
        released.add(waiting.remove().goOn());
      }
      any = !waiting.isEmpty();
    }
    released.forEach(Runnable::run);
  }

  /// Lets go of those who have waited too long.
  void sweep() {
    if (!any) {
      return;
    }
    var late = new ArrayList<Runnable>();
    synchronized (this) {
      long now = nanoTime.getAsLong();
      // One walk: the apply stage waits for this lock.
      waiting.removeIf(wait -> {
        boolean isLate = now - wait.deadlineNanos() >= 0;
        if (isLate) {
          late.add(wait.goOn());
        }
        return isLate;
      });
    }
    late.forEach(Runnable::run);
  }
}
