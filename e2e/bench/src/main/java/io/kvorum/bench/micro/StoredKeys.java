package io.kvorum.bench.micro;

import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.Committed;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.server.store.RocksStore;
import io.kvorum.node.server.store.StoreSettings;
import java.util.ArrayList;
import java.util.List;

/// A state machine over RocksDB with keys in it.
final class StoredKeys implements AutoCloseable {

  private static final int BATCH = 1_000;

  private final Scratch scratch = Scratch.make();
  private final RocksStore store;
  private final int keys;
  private final byte[][] entries;
  private final Kv kv;
  private long index;

  StoredKeys(int keys) {
    this.keys = keys;
    entries = new byte[keys][];
    for (int key = 0; key < keys; key++) {
      entries[key] = Puts.entry(key);
    }
    store =
        RocksStore.open(
            scratch.folder().resolve("state"),
            StoreSettings.DEFAULT,
            failure -> {
              throw failure;
            });
    kv = Kv.open(store);
    while (index < keys) {
      apply(Math.min(BATCH, keys)).view().close();
    }
  }

  Kv kv() {
    return kv;
  }

  /// The next puts, key after key.
  Applied apply(int puts) {
    var batch = new ArrayList<Committed>(puts);
    for (int i = 0; i < puts; i++) {
      index++;
      batch.add(new Committed.CommandEntry(index, 1, entries[(int) (index % keys)]));
    }
    return kv.apply(List.copyOf(batch));
  }

  @Override
  public void close() {
    store.close();
    scratch.close();
  }
}
