package io.kvorum.node.server.stage;

import io.kvorum.node.core.log.Log;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.Snapshot;
import io.kvorum.node.core.replica.LogWork;
import io.kvorum.node.server.MemberEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the log durable on its own thread: everything that waits becomes one write and one sync.
public final class LogStage {
  private static final Logger LOG = LoggerFactory.getLogger(LogStage.class);

  /// A sync that takes longer is worth a line in the log.
  private static final long SLOW_SYNC_NANOS = 1_000_000_000L;

  private final Log log;
  private final Mailbox<LogWork> mailbox = new Mailbox<>(Integer.MAX_VALUE);
  private final LongConsumer onSynced;
  private final Restores restores;
  private final MemberEvents events;
  private final StageThread writer;

  /// Field of the writing thread.
  private HardState lastHardState;

  /// How the log stage and the state meet, the one time they must: the log begins anew only behind
  /// a state that is restored.
  public interface Restores {
    /// Completes when the snapshot's state is in place and durable.
    CompletableFuture<?> restored(Snapshot snapshot);

    /// The log begins behind the snapshot now, durably.
    void logFollows(Snapshot snapshot);
  }

  /// @param onSynced is told the number of the last Ready that is durable, once per batch
  public LogStage(
      Log log,
      LongConsumer onSynced,
      Restores restores,
      MemberEvents events,
      Consumer<Throwable> onFailure) {
    this.log = log;
    this.onSynced = onSynced;
    this.restores = restores;
    this.events = events;
    this.lastHardState = log.recovered().hardState();
    this.writer = new StageThread("log", this::run, onFailure);
  }

  public void start() {
    writer.start();
  }

  public void accept(LogWork work) {
    if (mailbox.add(work) == Mailbox.Offer.FIRST) {
      writer.wake();
    }
  }

  private boolean run() {
    var batch = new ArrayList<LogWork>();
    mailbox.drain(batch::add);
    if (batch.isEmpty()) {
      return false;
    }
    long lastNumber = 0;
    int entries = 0;
    long bytes = 0;
    for (LogWork work : batch) {
      switch (work) {
        case LogWork.Persist persist -> {
          persist(persist);
          lastNumber = persist.number();
          entries += persist.entries().size();
          bytes += bytesOf(persist.entries());
        }
        case LogWork.Cut(long index) -> log.compactTo(Math.min(index, log.lastIndex()));
      }
    }
    if (lastNumber > 0) {
      sync(entries, bytes);
      onSynced.accept(lastNumber);
    }
    return true;
  }

  private void persist(LogWork.Persist persist) {
    HardState hardState = persist.hardState();
    Snapshot snapshot = persist.snapshot();
    if (hardState != null) {
      lastHardState = hardState;
    }
    if (snapshot != null) {
      log.sync();
      restores.restored(snapshot).join();
      log.restart(snapshot.position(), lastHardState);
      restores.logFollows(snapshot);
      hardState = null;
    }
    if (!persist.entries().isEmpty() || hardState != null) {
      log.append(persist.entries(), hardState);
    }
  }

  private void sync(int entries, long bytes) {
    long start = System.nanoTime();
    log.sync();
    long nanos = System.nanoTime() - start;
    events.logSynced(entries, bytes, nanos);
    if (nanos > SLOW_SYNC_NANOS) {
      LOG.warn("the disk took {} ms to make {} log entries durable", nanos / 1_000_000, entries);
    }
  }

  private static long bytesOf(List<Entry> entries) {
    long bytes = 0;
    for (Entry entry : entries) {
      bytes += entry.size();
    }
    return bytes;
  }

  /// Ends the thread; the log itself stays open.
  public void close() {
    writer.close();
  }
}
