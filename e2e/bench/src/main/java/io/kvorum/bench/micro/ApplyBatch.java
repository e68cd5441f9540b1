package io.kvorum.bench.micro;

import io.kvorum.node.core.kv.Applied;
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

/// A committed batch of puts applied to the state, one write to RocksDB and a new view.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ApplyBatch {

  @Param({"1", "100", "1000"})
  public int batch;

  @Param("100000")
  public int keys;

  @SuppressWarnings("NullAway.Init")
  private StoredKeys stored;

  @Setup
  public void open() {
    stored = new StoredKeys(keys);
  }

  @TearDown
  public void close() {
    stored.close();
  }

  @Benchmark
  public int puts() {
    Applied applied = stored.apply(batch);
    applied.view().close();
    return applied.outcomes().size();
  }
}
