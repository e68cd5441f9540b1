package io.kvorum.node.server.store;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.KvStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactionJobInfo;
import org.rocksdb.FlushJobInfo;
import org.rocksdb.FlushOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.ReadTier;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The state in RocksDB: one column family for each space.
///
/// Nothing is durable until a flush; RocksDB flushes by itself when enough has been written. What
/// is persisted is read with its own read tier, which looks at files only and never at memory, so
/// it cannot be ahead of the disk.
///
/// A failure, also one in the background, is a `StoreFailure` of the next call; the process then
/// stops. Every native object has one owner that closes it. Whoever is inside is counted, and
/// `close` waits for all of them.
public final class RocksStore implements KvStore {

  private static final Logger LOG = LoggerFactory.getLogger(RocksStore.class);

  /// Readers finish within their requests; one that does not is a bug worth stopping for.
  private static final long CLOSE_TIMEOUT_MILLIS = 30_000;

  /// The layout of the spaces' rows, see `Rows` of the core.
  private static final byte FORMAT = 1;

  private static final byte[] FORMAT_KEY = "format".getBytes(StandardCharsets.US_ASCII);

  private final Consumer<StoreFailure> onFailure;
  private final AtomicBoolean failed = new AtomicBoolean();
  private final RocksOptions options;
  private final RocksDB db;
  private final List<ColumnFamilyHandle> families;
  private final int[] familyIds;
  private final Users users = new Users();
  private final Events events;
  private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
  private final ReadOptions persisted = new ReadOptions().setReadTier(ReadTier.PERSISTED_TIER);
  private final RocksReading latest;

  private RocksStore(
      RocksOptions options,
      RocksDB db,
      List<ColumnFamilyHandle> families,
      Events events,
      Consumer<StoreFailure> onFailure) {
    this.onFailure = onFailure;
    this.options = options;
    this.db = db;
    this.families = families;
    this.events = events;
    familyIds = families.stream().skip(1).mapToInt(ColumnFamilyHandle::getID).toArray();
    latest = RocksReading.latest(this);
  }

  /// Loads RocksDB's native code, so that `open` finds it there. What goes wrong, `open` meets
  /// again.
  public static void prepare() {
    try {
      RocksLibrary.load();
    } catch (StoreFailure failure) {
      LOG.debug("RocksDB's library is not loaded ahead of need", failure);
    }
  }

  /// Opens the store in the folder, or makes a new one there.
  ///
  /// @param onFailure told once, by whoever meets the first failure, before it is thrown
  public static RocksStore open(
      Path folder, StoreSettings settings, Consumer<StoreFailure> onFailure) {
    RocksLibrary.load();
    var events = new Events();
    var options = new RocksOptions(settings, events);
    Invariant.check(options.db.atomicFlush(), "all spaces are flushed together", folder);
    var families = new ArrayList<ColumnFamilyHandle>();
    try {
      RocksDB db = RocksDB.open(options.db, folder.toString(), options.families, families);
      var store = new RocksStore(options, db, families, events, onFailure);
      store.checkFormat(folder);
      return store;
    } catch (RocksDBException e) {
      options.close();
      events.close();
      throw StoreFailure.atOpen("open the state in " + folder, e);
    }
  }

  /// The format stands in the default column family, so that it goes with every checkpoint.
  private void checkFormat(Path folder) throws RocksDBException {
    byte[] found = db.get(FORMAT_KEY);
    if (found == null) {
      db.put(writeOptions, FORMAT_KEY, new byte[] {FORMAT});
      flush();
    } else if (found.length != 1 || found[0] != FORMAT) {
      close();
      throw new StoreFailure(
          StoreFailure.Kind.NEWER_FORMAT,
          "the state in %s has format %s, this program knows %d; run a newer version"
              .formatted(folder, Arrays.toString(found), FORMAT),
          null);
    }
  }

  @Override
  public Reader latest() {
    return latest;
  }

  @Override
  public Snapshot snapshot() {
    return RocksReading.pinned(this);
  }

  @Override
  public Batch newBatch() {
    return new RocksBatch(familyIds);
  }

  @Override
  public void write(Batch batch) {
    byte[] serialized = ((RocksBatch) batch).serialized();
    users.enter();
    try (var rows = new WriteBatch(serialized)) {
      stopIfFailed();
      db.write(writeOptions, rows);
      events.written(serialized.length);
    } catch (RocksDBException e) {
      throw failed("write a batch", e);
    } finally {
      users.leave();
    }
  }

  /// RocksDB goes on for a while after a flush or a compaction in the background has failed; this
  /// member does not. Its listener for such errors cannot be used: it knows no reason that occurs
  /// with the write-ahead log off. So their number is asked for, and a flush tells what it was.
  private void stopIfFailed() throws RocksDBException {
    if (db.getLongProperty("rocksdb.background-errors") == 0) {
      return;
    }
    flush();
    throw told(
        new StoreFailure(
            StoreFailure.Kind.FAILED_DISK,
            "a flush or compaction in the background has failed",
            null));
  }

  @Override
  public void flush() {
    flush(true);
  }

  /// Starts a flush in the background, for a caller that wants the log behind it to be cut soon.
  public void requestFlush() {
    flush(false);
  }

  private void flush(boolean wait) {
    users.enter();
    try (var how = new FlushOptions().setWaitForFlush(wait).setAllowWriteStall(false)) {
      db.flush(how, families);
    } catch (RocksDBException e) {
      throw failed("flush", e);
    } finally {
      users.leave();
    }
  }

  @Override
  public byte @Nullable [] getPersisted(Space space, byte[] key) {
    users.enter();
    try {
      return db.get(family(space), persisted, key);
    } catch (RocksDBException e) {
      throw failed("read what is persisted in " + space, e);
    } finally {
      users.leave();
    }
  }

  /// The size of the files as of the last flush or compaction, and what was written since.
  @Override
  public long bytesOnDisk() {
    if (events.filesChanged.getAndSet(false)) {
      users.enter();
      try {
        events.fileBytes = db.getAggregatedLongProperty("rocksdb.live-sst-files-size");
      } catch (RocksDBException e) {
        throw failed("ask for the size of the files", e);
      } finally {
        users.leave();
      }
    }
    return events.fileBytes + events.unflushedBytes();
  }

  /// Writes all files anew, without what has been removed: what an operator asks for to get disk
  /// space back at once. Reads and writes go on.
  public void defragment() {
    flush();
    users.enter();
    try (var how =
        new CompactRangeOptions()
            .setBottommostLevelCompaction(
                CompactRangeOptions.BottommostLevelCompaction.kForceOptimized)) {
      for (ColumnFamilyHandle family : families) {
        db.compactRange(family, null, null, how);
      }
    } catch (RocksDBException e) {
      throw failed("compact all files", e);
    } finally {
      users.leave();
    }
  }

  /// Makes a copy of the state in a folder that does not exist yet, of hard links where it can.
  public void checkpoint(Path folder) {
    users.enter();
    try (Checkpoint checkpoint = Checkpoint.create(db)) {
      checkpoint.createCheckpoint(folder.toString());
    } catch (RocksDBException e) {
      throw failed("make a checkpoint in " + folder, e);
    } finally {
      users.leave();
    }
  }

  /// Releases the store once nobody is inside, for a store that nobody enters anew; false if that
  /// takes too long. Does not flush.
  public boolean maybeClose(long timeoutMillis) {
    if (!users.endWhenIdle(timeoutMillis)) {
      return false;
    }
    release();
    return true;
  }

  /// Lets no reader in any more, waits for those inside, and releases the store. Does not flush.
  @Override
  public void close() {
    if (!users.end(CLOSE_TIMEOUT_MILLIS)) {
      throw new StoreFailure(
          StoreFailure.Kind.MISUSED,
          "the store cannot be closed: closed before, or still used by " + users.now(),
          null);
    }
    release();
  }

  private void release() {
    db.cancelAllBackgroundWork(true);
    latest.close();
    families.forEach(ColumnFamilyHandle::close);
    db.close();
    writeOptions.close();
    persisted.close();
    options.close();
    events.close();
  }

  RocksDB db() {
    return db;
  }

  Users users() {
    return users;
  }

  @SuppressWarnings("EnumOrdinal") // The families were opened in the order of the spaces.
  ColumnFamilyHandle family(Space space) {
    return families.get(space.ordinal() + 1);
  }

  StoreFailure failed(String operation, RocksDBException cause) {
    return told(StoreFailure.of(operation, cause));
  }

  private StoreFailure told(StoreFailure failure) {
    if (failed.compareAndSet(false, true)) {
      onFailure.accept(failure);
    }
    return failure;
  }

  /// What RocksDB's own threads report.
  private static final class Events extends AbstractEventListener {

    private final AtomicLong written = new AtomicLong();
    private volatile long writtenAtFlush;
    private volatile long flushed;
    private final AtomicBoolean filesChanged = new AtomicBoolean(true);
    private volatile long fileBytes;

    Events() {
      super(
          EnabledEventCallback.ON_FLUSH_BEGIN,
          EnabledEventCallback.ON_FLUSH_COMPLETED,
          EnabledEventCallback.ON_COMPACTION_COMPLETED);
    }

    void written(long bytes) {
      written.addAndGet(bytes);
    }

    long unflushedBytes() {
      return written.get() - flushed;
    }

    @Override
    public void onFlushBegin(RocksDB db, FlushJobInfo info) {
      writtenAtFlush = written.get();
    }

    @Override
    public void onFlushCompleted(RocksDB db, FlushJobInfo info) {
      flushed = writtenAtFlush;
      filesChanged.set(true);
    }

    @Override
    public void onCompactionCompleted(RocksDB db, CompactionJobInfo info) {
      filesChanged.set(true);
    }
  }
}
