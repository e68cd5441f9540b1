package io.kvorum.node.server.store;

import io.kvorum.node.core.kv.KvStore;
import io.kvorum.node.core.kv.KvStore.Space;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/// Reads the store at a snapshot, or as it is at each call.
final class RocksReading implements KvStore.Snapshot {

  private static final byte[] NOTHING = new byte[0];

  private final RocksStore store;
  private final @Nullable Snapshot snapshot;
  private final ReadOptions options;

  /// Who still reads; at 0 the native objects are gone.
  private final AtomicInteger holders = new AtomicInteger(1);

  private RocksReading(RocksStore store, @Nullable Snapshot snapshot) {
    this.store = store;
    this.snapshot = snapshot;
    options = snapshot == null ? new ReadOptions() : new ReadOptions().setSnapshot(snapshot);
  }

  /// The newest state at each call. Its owner is the store.
  static RocksReading latest(RocksStore store) {
    return new RocksReading(store, null);
  }

  /// Holds the store open until it is closed.
  static RocksReading pinned(RocksStore store) {
    store.users().enter();
    return new RocksReading(store, store.db().getSnapshot());
  }

  @Override
  public byte @Nullable [] get(Space space, byte[] key) {
    enter();
    try {
      return store.db().get(store.family(space), options, key);
    } catch (RocksDBException e) {
      throw store.failed("read from " + space, e);
    } finally {
      leave();
    }
  }

  @Override
  public List<byte @Nullable []> multiGet(Space space, List<byte[]> keys) {
    if (keys.isEmpty()) {
      return List.of();
    }
    enter();
    try {
      var families = new ColumnFamilyHandle[keys.size()];
      Arrays.fill(families, store.family(space));
      var rows = new ArrayList<byte @Nullable []>(keys.size());
      for (byte[] row : store.db().multiGetAsList(options, Arrays.asList(families), keys)) {
        rows.add(row);
      }
      return rows;
    } catch (RocksDBException e) {
      throw store.failed("read from " + space, e);
    } finally {
      leave();
    }
  }

  @Override
  public KvStore.Cursor cursor(Space space, byte[] from, byte @Nullable [] to) {
    enter();
    return new RocksCursor(this, space, from, to, new ReadOptions());
  }

  @Override
  public KvStore.Cursor passing(Space space) {
    enter();
    return new RocksCursor(this, space, NOTHING, null, new ReadOptions().setFillCache(false));
  }

  /// Who holds a snapshot is inside already, and finishes even when nobody else is let in any more.
  private void enter() {
    if (snapshot == null) {
      store.users().enter();
    }
  }

  private void leave() {
    if (snapshot == null) {
      store.users().leave();
    }
  }

  @Override
  public boolean maybeRetain() {
    int now = holders.get();
    while (now > 0) {
      if (holders.compareAndSet(now, now + 1)) {
        return true;
      }
      now = holders.get();
    }
    return false;
  }

  @Override
  public void close() {
    int left = holders.decrementAndGet();
    if (left < 0) {
      throw new StoreFailure(StoreFailure.Kind.MISUSED, "a snapshot is closed twice", null);
    }
    if (left == 0) {
      options.close();
      if (snapshot != null) {
        store.db().releaseSnapshot(snapshot);
        store.users().leave();
      }
    }
  }

  /// A native iterator with its bound.
  private static final class RocksCursor implements KvStore.Cursor {

    private final RocksReading reading;
    private final Space space;
    private final byte[] from;
    private final @Nullable Slice bound;
    private final ReadOptions options;
    private final RocksIterator iterator;
    private boolean started;

    /// A native iterator that is moved on behind its end takes the process with it.
    private boolean ended;

    /// @param options the cursor's from now on
    RocksCursor(
        RocksReading reading, Space space, byte[] from, byte @Nullable [] to, ReadOptions options) {
      this.reading = reading;
      this.space = space;
      this.from = from;
      this.options = options;
      if (reading.snapshot != null) {
        options.setSnapshot(reading.snapshot);
      }
      bound = to == null ? null : new Slice(to);
      if (bound != null) {
        options.setIterateUpperBound(bound);
      }
      iterator = reading.store.db().newIterator(reading.store.family(space), options);
    }

    @Override
    public boolean next() {
      if (ended) {
        return false;
      }
      if (started) {
        iterator.next();
      } else {
        started = true;
        iterator.seek(from);
      }
      return isOnRow();
    }

    @Override
    public boolean seek(byte[] key) {
      started = true;
      iterator.seek(Arrays.compareUnsigned(key, from) < 0 ? from : key);
      return isOnRow();
    }

    /// An iterator also ends when it cannot read on.
    private boolean isOnRow() {
      ended = !iterator.isValid();
      if (!ended) {
        return true;
      }
      try {
        iterator.status();
      } catch (RocksDBException e) {
        throw reading.store.failed("walk through " + space, e);
      }
      return false;
    }

    @Override
    public byte[] key() {
      return iterator.key();
    }

    @Override
    public byte[] value() {
      return iterator.value();
    }

    @Override
    public int key(byte[] into, int at) {
      return iterator.key(into, at, into.length - at);
    }

    @Override
    public int value(byte[] into, int at) {
      return iterator.value(into, at, into.length - at);
    }

    @Override
    public void close() {
      iterator.close();
      options.close();
      if (bound != null) {
        bound.close();
      }
      reading.leave();
    }
  }
}
