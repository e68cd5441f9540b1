package io.kvorum.bench.micro;

import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.PageCounts;
import io.kvorum.node.core.kv.RangeQuery;
import io.kvorum.node.core.kv.View;
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

/// Reads of the present: one key, and pages of keys with their exact count.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RangeScan {

  @Param("100000")
  public int keys;

  @Param({"100", "10000"})
  public int page;

  private final PageCounts counts = new PageCounts();

  @SuppressWarnings("NullAway.Init")
  private StoredKeys stored;

  @SuppressWarnings("NullAway.Init")
  private View view;

  private long next;

  @Setup
  public void open() {
    stored = new StoredKeys(keys);
    view = stored.kv().view();
  }

  @TearDown
  public void close() {
    view.close();
    stored.close();
  }

  @Benchmark
  public Outcome oneKey() {
    next = (next + 7_919) % keys;
    return view.range(RangeQuery.of(Puts.key(next)), counts);
  }

  @Benchmark
  public Outcome page() {
    next = (next + page) % keys;
    RangeQuery query = RangeQuery.of(Puts.key(next), Puts.key(keys)).withLimit(page);
    return view.range(query, counts);
  }
}
