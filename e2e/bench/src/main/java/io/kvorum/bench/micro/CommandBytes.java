package io.kvorum.bench.micro;

import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// A put to its bytes in the log and back.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CommandBytes {

  private final Command put = Puts.put(1);
  private final byte[] entry = Puts.entry(1);

  @Benchmark
  public byte[] encode() {
    return CommandCodec.encode(1, put);
  }

  @Benchmark
  public Command decode() {
    return CommandCodec.decode(entry);
  }
}
