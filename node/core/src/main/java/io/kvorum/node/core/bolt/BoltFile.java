package io.kvorum.node.core.bolt;

import static io.kvorum.node.core.bolt.BoltFormat.BUCKET_BYTES;
import static io.kvorum.node.core.bolt.BoltFormat.HEADER_BYTES;
import static io.kvorum.node.core.bolt.BoltFormat.META_BYTES;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A bbolt file that is read: one leaf and the branches above it are in memory at a time. Whatever
/// its bytes are, it ends with entries in ascending order or with a `DamagedBoltException`.
public final class BoltFile {

  private static final int MIN_PAGE_BYTES = 1_024;
  private static final int MAX_PAGE_BYTES = 65_536;

  /// A page goes on for as long as its longest value; no store holds longer ones than this.
  private static final long MAX_RUN_BYTES = 512L << 20;

  /// The bytes of a file.
  public interface Source {
    long sizeBytes();

    /// Fills the array with what stands from the offset on.
    void read(long offset, byte[] into);
  }

  /// What the newest of the two meta pages says.
  private record Meta(int pageBytes, long root, long pages, long transaction) {}

  private final Source source;
  private final Meta meta;
  private final Map<String, byte[]> buckets = new TreeMap<>();

  private BoltFile(Source source, Meta meta) {
    this.source = source;
    this.meta = meta;
  }

  /// Reads the meta pages and the directory.
  public static BoltFile open(Source source) {
    var file = new BoltFile(source, newest(source));
    try (BoltCursor directory = new BoltCursor(file, file.page(file.meta.root), true)) {
      while (directory.next()) {
        if (!directory.isBucket() || directory.value().length < BUCKET_BYTES) {
          throw new DamagedBoltException("something in the directory is no bucket");
        }
        file.buckets.put(new String(directory.key(), StandardCharsets.UTF_8), directory.value());
      }
    }
    return file;
  }

  /// The page size stands in the first meta page; when that is damaged, the second one is looked
  /// for behind a page of each possible size.
  private static Meta newest(Source source) {
    List<Meta> found = new ArrayList<>();
    Meta first = meta(source, 0);
    if (first != null) {
      found.add(first);
    }
    for (int size = MIN_PAGE_BYTES; size <= MAX_PAGE_BYTES; size *= 2) {
      Meta second = first == null || first.pageBytes == size ? meta(source, size) : null;
      if (second != null && second.pageBytes == size) {
        found.add(second);
      }
    }
    Meta newest = null;
    for (Meta meta : found) {
      newest = newest == null || meta.transaction > newest.transaction ? meta : newest;
    }
    if (newest == null) {
      throw new DamagedBoltException("no valid meta page: this is not a bbolt file");
    }
    if (newest.pages < 3 || newest.pages > source.sizeBytes() / newest.pageBytes) {
      throw new DamagedBoltException(
          "the file is cut off: it should have %d pages of %d bytes and has %d bytes"
              .formatted(newest.pages, newest.pageBytes, source.sizeBytes()));
    }
    return newest;
  }

  private static @Nullable Meta meta(Source source, long offset) {
    if (source.sizeBytes() < offset + HEADER_BYTES + META_BYTES) {
      return null;
    }
    var page = new byte[HEADER_BYTES + META_BYTES];
    source.read(offset, page);
    int at = HEADER_BYTES;
    int size = BoltFormat.getInt(page, at + 8);
    boolean valid =
        BoltFormat.getInt(page, at) == BoltFormat.MAGIC
            && BoltFormat.getInt(page, at + 4) == BoltFormat.VERSION
            && size >= MIN_PAGE_BYTES
            && size <= MAX_PAGE_BYTES
            && Integer.bitCount(size) == 1
            && BoltFormat.getLong(page, at + META_BYTES - Long.BYTES)
                == BoltFormat.metaChecksum(page, at);
    return valid
        ? new Meta(
            size,
            BoltFormat.getLong(page, at + 16),
            BoltFormat.getLong(page, at + 40),
            BoltFormat.getLong(page, at + 48))
        : null;
  }

  /// The names of the buckets, sorted.
  public List<String> buckets() {
    return List.copyOf(buckets.keySet());
  }

  /// The bytes of all pages in use, free ones included.
  public long usedBytes() {
    return meta.pages * meta.pageBytes;
  }

  /// The entries of a bucket; none if there is no such bucket.
  public BoltEntries entries(String bucket) {
    byte[] header = buckets.get(bucket);
    if (header == null) {
      return new BoltCursor(this, BoltFormat.page(0, BoltFormat.LEAF, 0, 1), false);
    }
    long root = BoltFormat.getLong(header, 0);
    byte[] page = root == 0 ? Arrays.copyOfRange(header, BUCKET_BYTES, header.length) : page(root);
    return new BoltCursor(this, page, false);
  }

  /// Reads a page with all that it goes on for.
  byte[] page(long id) {
    long offset = id * meta.pageBytes;
    if (id < 2 || id >= meta.pages) {
      throw new DamagedBoltException("page " + id + " is referred to and does not exist");
    }
    var header = new byte[HEADER_BYTES];
    source.read(offset, header);
    long pages = (BoltFormat.getInt(header, 12) & 0xFFFF_FFFFL) + 1;
    if (BoltFormat.getLong(header, 0) != id
        || pages > meta.pages - id
        || pages * meta.pageBytes > MAX_RUN_BYTES) {
      throw new DamagedBoltException("page " + id + " has a damaged header");
    }
    var page = new byte[(int) pages * meta.pageBytes];
    source.read(offset, page);
    return page;
  }
}
