package io.kvorum.suite.faults;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// What becomes of bytes on their way from one member to another: they pass, they pass late or
/// slowly, or they are held until the way is open again, as those of a connection whose packets get
/// lost meanwhile.
final class Way {

  private boolean held;
  private volatile long delayMillis;

  /// 0 for as many as come.
  private volatile long bytesPerSecond;

  private long passed;

  synchronized void hold() {
    held = true;
  }

  void delay(long millis) {
    delayMillis = millis;
  }

  void limit(long bytes) {
    bytesPerSecond = bytes;
  }

  /// How many bytes have come to the other end.
  synchronized long passed() {
    return passed;
  }

  /// All that was done to the way is undone.
  synchronized void open() {
    held = false;
    delayMillis = 0;
    bytesPerSecond = 0;
    notifyAll();
  }

  /// Returns when so many bytes may go on.
  void pass(int bytes) throws InterruptedException {
    long nanos = TimeUnit.MILLISECONDS.toNanos(delayMillis);
    long rate = bytesPerSecond;
    if (rate > 0) {
      nanos += TimeUnit.SECONDS.toNanos(bytes) / rate;
    }
    if (nanos > 0) {
      LockSupport.parkNanos(nanos);
    }
    synchronized (this) {
      while (held) {
        wait();
      }
      passed += bytes;
    }
  }
}
