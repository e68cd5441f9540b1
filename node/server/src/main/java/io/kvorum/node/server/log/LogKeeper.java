package io.kvorum.node.server.log;

import io.kvorum.node.core.log.DiskFailedException;
import io.kvorum.node.core.log.DiskFullException;
import io.kvorum.node.core.log.Log;
import io.kvorum.node.core.log.LogIdentity;
import io.kvorum.node.core.log.LogOptions;
import io.kvorum.node.core.raft.LogPosition;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log of this member in a folder, with the thread that prepares segments ahead of need.
///
/// The log itself is closed by the thread that writes it, after `stopMaintenance`; `close` does
/// both for a program that has no such thread.
public final class LogKeeper implements AutoCloseable {

  private static final Logger LOGGER = LoggerFactory.getLogger(LogKeeper.class);

  /// How long to wait for space on a full disk before the next segment is tried again.
  private static final long FULL_DISK_RETRY_SECONDS = 10;

  private static final long STOP_TIMEOUT_MILLIS = 10_000;

  private final Log log;
  private final Semaphore work;
  private final Thread thread;
  private volatile boolean stopping;

  /// Whether the folder holds a log, be it damaged.
  public static boolean isIn(Path folder) {
    return Log.isIn(new SegmentFolder(folder));
  }

  /// Makes a log that begins behind the position.
  public static LogKeeper create(
      Path folder, LogOptions options, LogIdentity identity, LogPosition start) {
    long salt = new SecureRandom().nextLong();
    return new LogKeeper(
        wanted -> Log.create(new SegmentFolder(folder), options, identity, salt, start, wanted));
  }

  /// Opens the log; see `Log.open`.
  public static LogKeeper open(Path folder, LogOptions options, LogIdentity identity) {
    return new LogKeeper(wanted -> Log.open(new SegmentFolder(folder), options, identity, wanted));
  }

  private LogKeeper(Function<Runnable, Log> opening) {
    work = new Semaphore(1);
    log = opening.apply(work::release);
    thread = Thread.ofPlatform().name("log-maintenance").daemon().unstarted(this::maintain);
    thread.start();
  }

  public Log log() {
    return log;
  }

  private void maintain() {
    try {
      while (!stopping) {
        work.acquireUninterruptibly();
        work.drainPermits();
        maintainOnce();
      }
    } catch (DiskFailedException e) {
      // The log refuses the next append with this failure as its cause; that stops the process.
      LOGGER.atError().setCause(e).log("the log's disk has failed");
    }
  }

  private void maintainOnce() {
    try {
      while (!stopping && log.maintain()) {
        // Each call is one step.
      }
    } catch (DiskFullException e) {
      LOGGER
          .atWarn()
          .addKeyValue("retrySeconds", FULL_DISK_RETRY_SECONDS)
          .log("no room to prepare the log's next segment: {}", e.getMessage());
      waitForSpace();
    }
  }

  private void waitForSpace() {
    try {
      if (work.tryAcquire(FULL_DISK_RETRY_SECONDS, TimeUnit.SECONDS)) {
        LOGGER.debug("woken while waiting for space");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("the log's maintenance thread is never interrupted", e);
    }
    work.release();
  }

  /// Ends the maintenance; the log may be closed then.
  public void stopMaintenance() {
    stopping = true;
    work.release();
    try {
      thread.join(STOP_TIMEOUT_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stopMaintenance();
    log.close();
  }
}
