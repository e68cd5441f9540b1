package io.kvorum.node.sim;

import io.kvorum.node.core.log.Log;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Snapshot;
import io.kvorum.node.core.replica.LogWork;
import java.util.ArrayDeque;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Makes the log durable: everything that waits becomes one write and one sync, after a while.
final class LogStage {
  private static final long NONE = 0;

  private final Life life;
  private final Log log;
  private final RandomGenerator random;
  private final ArrayDeque<LogWork> waiting = new ArrayDeque<>();
  private HardState lastHardState;
  private boolean busy;

  /// The term in which this member was elected and its log not looked at yet.
  private long completeInTerm = NONE;

  /// The highest Ready that is written and not reported.
  private long writtenNumber = NONE;

  private long reportedNumber = NONE;

  LogStage(Life life, Log log, HardState hardState) {
    this.life = life;
    this.log = log;
    this.random = life.machine.random;
    this.lastHardState = hardState;
    life.machine.committedDurably(hardState.commit());
  }

  Log log() {
    return log;
  }

  void accept(LogWork work) {
    boolean early = life.world.bug == Bug.ACKNOWLEDGES_BEFORE_SYNC && waiting.isEmpty();
    if (early && work instanceof LogWork.Persist persist && persist.snapshot() == null) {
      persist(persist);
      report(persist.number());
    } else {
      waiting.add(work);
    }
    if (work instanceof LogWork.Persist persist
        && life.world.bug == Bug.ACKNOWLEDGES_UNCOMMITTED
        && life.isLeader()) {
      life.world.clients.acknowledgeEarly(persist.entries());
    }
    beginIfIdle();
  }

  private void beginIfIdle() {
    if (!busy && (!waiting.isEmpty() || writtenNumber != NONE)) {
      busy = true;
      long delay = life.machine.stalledFor() + random.nextInt(1, life.world.maxSyncDelay() + 1);
      life.later(delay, this::perform);
    }
  }

  /// Does all that waits. Behind a snapshot it goes on only when that is restored.
  private void perform() {
    while (!waiting.isEmpty()) {
      if (awaitsRestore(waiting.getFirst())) {
        log.sync();
        return;
      }
      switch (waiting.removeFirst()) {
        case LogWork.Persist persist -> persist(persist);
        case LogWork.Cut(long index) -> log.compactTo(Math.min(index, log.lastIndex()));
      }
    }
    if (writtenNumber != NONE) {
      log.sync();
      life.machine.committedDurably(Math.min(lastHardState.commit(), log.lastIndex()));
      report(writtenNumber);
      writtenNumber = NONE;
      checkCompleteness();
    }
    busy = false;
  }

  private void report(long number) {
    if (number > reportedNumber) {
      reportedNumber = number;
      life.later(random.nextInt(3), () -> life.post(replica -> replica.synced(number)));
    }
  }

  private boolean awaitsRestore(LogWork next) {
    boolean volatileSnapshot = life.world.bug == Bug.LEAVES_SNAPSHOT_VOLATILE;
    return next instanceof LogWork.Persist persist
        && persist.snapshot() != null
        && !volatileSnapshot
        && !life.state().isRestored(persist.snapshot());
  }

  /// A snapshot's state is in place.
  void restored() {
    if (busy && !waiting.isEmpty() && !awaitsRestore(waiting.getFirst())) {
      life.later(random.nextInt(1, life.world.maxSyncDelay() + 1), this::perform);
    }
  }

  private void persist(LogWork.Persist persist) {
    HardState hardState = persist.hardState();
    Snapshot snapshot = persist.snapshot();
    if (hardState != null && life.world.bug == Bug.FORGETS_VOTE) {
      hardState = new HardState(hardState.term(), MemberId.NONE, hardState.commit());
    }
    if (hardState != null) {
      lastHardState = hardState;
    }
    if (snapshot != null) {
      log.sync();
      log.restart(snapshot.position(), lastHardState);
      life.machine.logFollows(snapshot.position());
      hardState = null;
    }
    append(persist, hardState);
    writtenNumber = persist.number();
  }

  private void append(LogWork.Persist persist, @Nullable HardState hardState) {
    if (!persist.entries().isEmpty()) {
      Entry first = persist.entries().getFirst();
      long before = log.term(first.index() - 1);
      life.world.oracle.appended(persist.entries(), before);
    }
    if (!persist.entries().isEmpty() || hardState != null) {
      log.append(persist.entries(), hardState);
    }
  }

  /// Has the log looked at once it holds what this member was elected with.
  void checkCompleteIn(long term) {
    completeInTerm = term;
  }

  private void checkCompleteness() {
    if (completeInTerm != NONE && waiting.isEmpty()) {
      if (life.isLeader() && life.status().leadership().term() == completeInTerm) {
        life.world.oracle.elected(life.machine.id, completeInTerm, log);
      }
      completeInTerm = NONE;
    }
  }
}
