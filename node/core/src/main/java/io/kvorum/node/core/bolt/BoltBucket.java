package io.kvorum.node.core.bolt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A bucket to be written: its name, how much it holds, and its rows, which are walked once.
public record BoltBucket(String name, BoltTotals totals, Supplier<BoltRows> rows) {

  /// A bucket whose rows are in memory.
  public static BoltBucket of(String name, Map<byte[], byte[]> rows) {
    var sorted = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
    sorted.putAll(rows);
    List<Map.Entry<byte[], byte[]>> entries = new ArrayList<>(sorted.entrySet());
    BoltTotals totals = BoltTotals.NONE;
    for (Map.Entry<byte[], byte[]> entry : entries) {
      totals = totals.plus(entry.getKey().length, entry.getValue().length);
    }
    return new BoltBucket(name, totals, () -> new InMemory(entries.iterator()));
  }

  private static final class InMemory implements BoltRows {
    private final Iterator<Map.Entry<byte[], byte[]>> rows;
    private Map.@Nullable Entry<byte[], byte[]> row;

    InMemory(Iterator<Map.Entry<byte[], byte[]>> rows) {
      this.rows = rows;
    }

    @Override
    public boolean next() {
      row = rows.hasNext() ? rows.next() : null;
      return row != null;
    }

    @Override
    public int keyBytes() {
      return here().getKey().length;
    }

    @Override
    public int valueBytes() {
      return here().getValue().length;
    }

    @Override
    public void writeKey(byte[] into, int at) {
      System.arraycopy(here().getKey(), 0, into, at, keyBytes());
    }

    @Override
    public void writeValue(byte[] into, int at) {
      System.arraycopy(here().getValue(), 0, into, at, valueBytes());
    }

    private Map.Entry<byte[], byte[]> here() {
      if (row == null) {
        throw new IllegalStateException("the walk stands on no row");
      }
      return row;
    }

    @Override
    public void close() {}
  }
}
