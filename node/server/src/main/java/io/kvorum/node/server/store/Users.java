package io.kvorum.node.server.store;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// Counts who is inside the native store, so that it is released only once everybody has left:
/// native code does not survive a reader whose store is gone.
final class Users {

  /// Set in the count once nobody may enter any more.
  private static final long ENDED = 1L << 62;

  private static final long IDLE_POLL_NANOS = 10_000_000;

  private final AtomicLong count = new AtomicLong();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition left = lock.newCondition();

  /// True unless the end has begun; each success needs a `leave`.
  boolean maybeEnter() {
    if (count.incrementAndGet() < ENDED) {
      return true;
    }
    leave();
    return false;
  }

  void enter() {
    if (!maybeEnter()) {
      throw new StoreFailure(StoreFailure.Kind.MISUSED, "the store is closed", null);
    }
  }

  void leave() {
    if (count.decrementAndGet() == ENDED) {
      lock.lock();
      try {
        left.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Lets nobody in any more and waits until all have left; false if some stay for too long, or if
  /// the end had already begun.
  boolean end(long timeoutMillis) {
    if (count.getAndUpdate(users -> users < ENDED ? users + ENDED : users) >= ENDED) {
      return false;
    }
    long nanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    lock.lock();
    try {
      while (count.get() != ENDED && nanos > 0) {
        nanos = left.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    return count.get() == ENDED;
  }

  /// Waits until nobody is inside and lets nobody in from then on; false if that takes too long.
  /// Unlike `end` it does not disturb who is inside.
  boolean endWhenIdle(long timeoutMillis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (!count.compareAndSet(0, ENDED)) {
      if (System.nanoTime() - deadline >= 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(IDLE_POLL_NANOS);
    }
    return true;
  }

  long now() {
    return count.get() & (ENDED - 1);
  }
}
