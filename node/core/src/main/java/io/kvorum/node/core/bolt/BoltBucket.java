package io.kvorum.node.core.bolt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A bucket to be written: its name, and its entries, which can be walked any number of times and
/// are the same each time.
public record BoltBucket(String name, Supplier<BoltEntries> entries) {

  /// A bucket whose entries are in memory.
  public static BoltBucket of(String name, Map<byte[], byte[]> entries) {
    var sorted = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
    sorted.putAll(entries);
    List<Map.Entry<byte[], byte[]>> rows = new ArrayList<>(sorted.entrySet());
    return new BoltBucket(name, () -> new InMemory(rows.iterator()));
  }

  private static final class InMemory implements BoltEntries {
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
    public byte[] key() {
      return here().getKey();
    }

    @Override
    public byte[] value() {
      return here().getValue();
    }

    private Map.Entry<byte[], byte[]> here() {
      if (row == null) {
        throw new IllegalStateException("the walk stands on no entry");
      }
      return row;
    }

    @Override
    public void close() {}
  }
}
