package io.kvorum.node.core.kv;

import io.kvorum.node.core.kv.KvStore.Space;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The rows of API v2 in the middle of a batch: those of the store, and over them what the batch
/// has changed so far.
final class V2Overlay implements V2Rows.V2Reader {

  /// What a change costs beside its bytes.
  private static final int OVERHEAD = 64;

  private final KvStore store;

  /// What is empty was removed.
  private final TreeMap<byte[], Optional<Bytes>> changed = new TreeMap<>(Arrays::compareUnsigned);

  private int sizeBytes;

  V2Overlay(KvStore store) {
    this.store = store;
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    Optional<Bytes> row = changed.get(key);
    return row == null ? store.latest().get(Space.V2, key) : arrayOf(row);
  }

  void put(byte[] key, byte[] value) {
    changed.put(key, Optional.of(Bytes.wrap(value)));
    sizeBytes += OVERHEAD + key.length + value.length;
  }

  void delete(byte[] key) {
    changed.put(key, Optional.empty());
    sizeBytes += OVERHEAD + key.length;
  }

  private static byte @Nullable [] arrayOf(Optional<Bytes> row) {
    return row.map(Bytes::array).orElse(null);
  }

  int sizeBytes() {
    return sizeBytes;
  }

  /// Moves the changes into the store's batch.
  void drainTo(KvStore.Batch batch) {
    for (Map.Entry<byte[], Optional<Bytes>> entry : changed.entrySet()) {
      byte[] value = arrayOf(entry.getValue());
      if (value == null) {
        batch.delete(Space.V2, entry.getKey());
      } else {
        batch.put(Space.V2, entry.getKey(), value);
      }
    }
    changed.clear();
    sizeBytes = 0;
  }

  @Override
  public void scan(byte[] from, byte[] to, V2Rows.Visitor visitor) {
    NavigableMap<byte[], Optional<Bytes>> over = changed.subMap(from, true, to, false);
    var merge = new Merge(over, visitor);
    V2Rows.of(store.latest()).scan(from, to, merge::stored);
    merge.rest();
  }

  /// Shows stored and changed rows in one order.
  private static final class Merge {

    private final NavigableMap<byte[], Optional<Bytes>> over;
    private final V2Rows.Visitor visitor;
    private Map.@Nullable Entry<byte[], Optional<Bytes>> next;
    private boolean wanted = true;

    Merge(NavigableMap<byte[], Optional<Bytes>> over, V2Rows.Visitor visitor) {
      this.over = over;
      this.visitor = visitor;
      next = over.firstEntry();
    }

    boolean stored(byte[] key, byte[] value) {
      while (wanted && next != null && Arrays.compareUnsigned(next.getKey(), key) < 0) {
        step();
      }
      if (!wanted) {
        return false;
      }
      if (next != null && Arrays.equals(next.getKey(), key)) {
        step();
      } else {
        wanted = visitor.row(key, value);
      }
      return wanted;
    }

    void rest() {
      while (wanted && next != null) {
        step();
      }
    }

    private void step() {
      Map.Entry<byte[], Optional<Bytes>> entry = next;
      if (entry == null) {
        return;
      }
      next = over.higherEntry(entry.getKey());
      byte[] value = arrayOf(entry.getValue());
      if (value != null) {
        wanted = visitor.row(entry.getKey(), value);
      }
    }
  }
}
