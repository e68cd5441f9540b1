package io.kvorum.bench.micro;

import io.kvorum.node.core.log.LogIdentity;
import io.kvorum.node.core.log.LogOptions;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.EntryType;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.server.log.LogKeeper;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A batch of entries, written and synced as one record.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LogAppend {

  /// What stays behind the compaction point, as in a member between two snapshots.
  private static final long KEPT_ENTRIES = 100_000;

  @Param({"1", "100", "1000"})
  public int batch;

  private final byte[] command = Puts.entry(1);

  @SuppressWarnings("NullAway.Init")
  private Scratch scratch;

  @SuppressWarnings("NullAway.Init")
  private LogKeeper keeper;

  private long index;

  @Setup
  public void open() {
    scratch = Scratch.make();
    keeper =
        LogKeeper.create(
            scratch.folder(), LogOptions.DEFAULT, new LogIdentity(1, 2), LogPosition.ZERO);
    index = 0;
  }

  @TearDown
  public void close() {
    keeper.close();
    scratch.close();
  }

  @Benchmark
  public long appendAndSync() {
    var entries = new ArrayList<Entry>(batch);
    for (int i = 0; i < batch; i++) {
      index++;
      entries.add(new Entry(1, index, EntryType.COMMAND, command));
    }
    keeper.log().append(entries, null);
    keeper.log().sync();
    if (index % KEPT_ENTRIES < batch && index > 2 * KEPT_ENTRIES) {
      keeper.log().compactTo(index - KEPT_ENTRIES);
    }
    return index;
  }
}
