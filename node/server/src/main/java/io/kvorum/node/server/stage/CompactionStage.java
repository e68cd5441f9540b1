package io.kvorum.node.server.stage;

import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.Compaction;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.View;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Removes what compactions have made invisible, in paced steps on its own thread.
public final class CompactionStage implements StateObserver {
  /// Changes looked at in one step, and the pause behind it: a compaction of a million changes
  /// takes some ten seconds and is hardly felt.
  private static final int STEP_CHANGES = 1_000;

  private static final long PAUSE_NANOS = 5_000_000;

  /// What has been removed takes its disk space until it is flushed and merged with what is there.
  /// From so many bytes on that is worth a flush; else it waits for one that comes anyway.
  private static final long WORTH_A_FLUSH_BYTES = 8 << 20;

  private final Supplier<Compaction> compactions;
  private final ApplyStage apply;
  private final StageThread thread;
  private final List<Waiting> waiting = new ArrayList<>();

  /// Fields of the thread.
  private Compaction compaction;

  /// The cost of all that had been removed when a flush was last asked for.
  private long flushedBytes;

  private final Runnable onSwitched;
  private final Runnable onSpaceToGain;
  private volatile boolean stateReplaced;
  private volatile boolean closing;

  private record Waiting(long revision, Runnable done) {}

  /// Makes the stage.
  ///
  /// @param compactions makes one over the current state
  /// @param onSwitched called when a state that was replaced is no longer worked on
  /// @param onSpaceToGain called when a flush would give disk space back
  public CompactionStage(
      Supplier<Compaction> compactions,
      Runnable onSwitched,
      Runnable onSpaceToGain,
      ApplyStage apply,
      Consumer<Throwable> onFailure) {
    this.onSwitched = onSwitched;
    this.onSpaceToGain = onSpaceToGain;
    this.compactions = compactions;
    this.compaction = compactions.get();
    this.flushedBytes = compaction.removedBytes();
    this.apply = apply;
    this.thread = new StageThread("compaction", this::run, onFailure);
  }

  /// Starts, with what an earlier life left undone.
  public void start() {
    thread.start();
  }

  @Override
  public void applied(Applied applied) {
    for (Outcome outcome : applied.outcomes()) {
      if (outcome instanceof Outcome.Compacted) {
        thread.wake();
        return;
      }
    }
  }

  @Override
  public void restored(View view) {
    stateReplaced = true;
    thread.wake();
  }

  /// Calls back when everything that a compaction to this revision made invisible is gone.
  public void whenFinished(long revision, Runnable done) {
    synchronized (waiting) {
      waiting.add(new Waiting(revision, done));
    }
    thread.wake();
  }

  private boolean run() {
    if (stateReplaced) {
      stateReplaced = false;
      compaction = compactions.get();
      flushedBytes = compaction.removedBytes();
      onSwitched.run();
    }
    boolean removed = false;
    while (!closing && !stateReplaced && compaction.step(STEP_CHANGES)) {
      removed = true;
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    List<Runnable> finished = takeFinished();
    if (removed || !finished.isEmpty()) {
      boolean worthAFlush = isWorthAFlush();
      // The view before still needs what was removed; only behind it files can do without.
      apply.refresh(() -> {
        if (worthAFlush) {
          onSpaceToGain.run();
        }
        finished.forEach(Runnable::run);
      });
    }
    return stateReplaced && !closing;
  }

  private boolean isWorthAFlush() {
    long removedBytes = compaction.removedBytes();
    boolean worth = removedBytes - flushedBytes >= WORTH_A_FLUSH_BYTES;
    if (worth) {
      flushedBytes = removedBytes;
    }
    return worth;
  }

  private List<Runnable> takeFinished() {
    long revision = compaction.finishedRevision();
    var finished = new ArrayList<Runnable>();
    synchronized (waiting) {
      waiting.removeIf(one -> {
        boolean over = one.revision() <= revision;
        if (over) {
          finished.add(one.done());
        }
        return over;
      });
    }
    return finished;
  }

  public void close() {
    closing = true;
    thread.close();
  }
}
