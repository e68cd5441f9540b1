package io.kvorum.bench.micro;

import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Membership;
import io.kvorum.node.core.raft.MemoryLog;
import io.kvorum.node.core.raft.Raft;
import io.kvorum.node.core.raft.RaftConfig;
import io.kvorum.node.core.raft.Ready;
import io.kvorum.node.core.raft.Restored;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// A batch from its proposal to its application, by consensus of one member over a log in memory.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RaftStep {

  private static final int ELECTION_TICKS = 10;

  @Param({"1", "100", "1000"})
  public int batch;

  @SuppressWarnings("NullAway.Init")
  private List<byte[]> commands;

  @SuppressWarnings("NullAway.Init")
  private MemoryLog log;

  @SuppressWarnings("NullAway.Init")
  private Raft raft;

  @Setup
  public void elect() {
    var self = new MemberId(1);
    commands = Collections.nCopies(batch, Puts.entry(1));
    log = new MemoryLog(LogPosition.ZERO);
    raft =
        new Raft(
            RaftConfig.standard(self, ELECTION_TICKS, 1),
            new Restored(
                HardState.EMPTY, LogPosition.ZERO, Membership.of(List.of(self), List.of())),
            log,
            new Random(1));
    raft.campaign();
    settle();
    if (!raft.isLeader()) {
      throw new IllegalStateException("the only member does not lead");
    }
  }

  @Benchmark
  public long proposeToApplied() {
    var _ = raft.propose(commands);
    return settle();
  }

  private long settle() {
    long applied = 0;
    while (raft.hasReady()) {
      Ready ready = raft.ready();
      log.write(ready);
      log.sync(ready.number());
      if (ready.awaitsSync()) {
        raft.synced(ready.number());
      }
      List<Entry> committed = ready.committed();
      if (!committed.isEmpty()) {
        applied = committed.getLast().index();
        raft.applied(applied);
      }
    }
    if (applied > 0) {
      log.compactTo(applied);
    }
    return applied;
  }
}
