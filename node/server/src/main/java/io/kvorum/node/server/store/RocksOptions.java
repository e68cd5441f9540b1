package io.kvorum.node.server.store;

import io.kvorum.node.core.kv.KvStore.Space;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksObject;
import org.rocksdb.TablePropertiesCollectorFactory;

/// How RocksDB is opened, and the native objects that its options are made of.
///
/// The own log makes entries durable, so RocksDB's is off; what a crash must not do is to bring
/// back one space without the others, so all of them are flushed together, atomically.
final class RocksOptions implements AutoCloseable {

  private static final int BLOOM_BITS = 10;
  private static final int BACKGROUND_JOBS = 2;

  /// File descriptors, and with them index memory outside the cache, are bounded.
  private static final int MAX_OPEN_FILES = 1_024;

  private static final long TARGET_FILE_BYTES = 32 << 20;
  private static final int KEPT_LOG_FILES = 2;
  private static final long LOG_FILE_BYTES = 4 << 20;

  /// A file in which, within so many neighbouring rows, half were deletions is compacted soon:
  /// otherwise what a compaction of revisions has removed would take disk space for long.
  private static final long DELETION_WINDOW = 1_024;

  private static final long DELETION_TRIGGER = 512;
  private static final double DELETION_RATIO = 0.5;

  private final List<RocksObject> owned = new ArrayList<>();
  private final Cache cache;
  final DBOptions db;
  final List<ColumnFamilyDescriptor> families = new ArrayList<>();

  RocksOptions(StoreSettings settings, AbstractEventListener listener) {
    cache = own(new LRUCache(settings.blockCacheBytes()));
    db =
        own(new DBOptions())
            .setCreateIfMissing(true)
            .setCreateMissingColumnFamilies(true)
            .setAtomicFlush(true)
            .setDbWriteBufferSize(settings.unflushedBytes())
            .setAvoidFlushDuringShutdown(true)
            .setMaxBackgroundJobs(BACKGROUND_JOBS)
            .setMaxOpenFiles(MAX_OPEN_FILES)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setKeepLogFileNum(KEPT_LOG_FILES)
            .setMaxLogFileSize(LOG_FILE_BYTES)
            .setStatsDumpPeriodSec(0)
            .setListeners(List.of(listener));
    families.add(
        new ColumnFamilyDescriptor(
            RocksDB.DEFAULT_COLUMN_FAMILY, family(settings, CompressionType.NO_COMPRESSION)));
    for (Space space : Space.values()) {
      families.add(new ColumnFamilyDescriptor(name(space), family(settings, compression(space))));
    }
  }

  static byte[] name(Space space) {
    return space.name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
  }

  /// LZ4 costs next to nothing beside the disk; the small spaces are read whole and rarely.
  private static CompressionType compression(Space space) {
    return switch (space) {
      case LIVE, VERSIONS, HISTORY -> CompressionType.LZ4_COMPRESSION;
      case LEASE, LEASE_KEYS, META, V2 -> CompressionType.NO_COMPRESSION;
    };
  }

  private ColumnFamilyOptions family(StoreSettings settings, CompressionType compression) {
    var table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setFilterPolicy(own(new BloomFilter(BLOOM_BITS)));
    return own(new ColumnFamilyOptions(withDeletionTrigger()))
        .setTableFormatConfig(table)
        .setCompressionType(compression)
        .setWriteBufferSize(settings.unflushedBytes())
        .setTargetFileSizeBase(TARGET_FILE_BYTES);
  }

  /// Only this class of options can be told the trigger; a column family's can be made from it.
  private Options withDeletionTrigger() {
    TablePropertiesCollectorFactory trigger =
        own(
            TablePropertiesCollectorFactory.NewCompactOnDeletionCollectorFactory(
                DELETION_WINDOW, DELETION_TRIGGER, DELETION_RATIO));
    var options = own(new Options());
    options.setTablePropertiesCollectorFactory(List.of(trigger));
    return options;
  }

  private <T extends RocksObject> T own(T object) {
    owned.add(object);
    return object;
  }

  /// What was made last goes first.
  @Override
  public void close() {
    owned.reversed().forEach(RocksObject::close);
  }
}
