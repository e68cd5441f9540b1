package io.kvorum.node.core.bolt;

import static io.kvorum.node.core.bolt.BoltFormat.HEADER_BYTES;
import static io.kvorum.node.core.bolt.BoltFormat.META_BYTES;

import io.kvorum.node.core.Invariant;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A whole bbolt file that is never on a disk nor in memory: its places are given out by the totals
/// of its buckets, then it is written front to back in one walk over their rows.
///
/// The first pages name the root and the number of pages, so these must be known at the start, when
/// no row has been read in order. What a tree does not need of its place is free, and stands in the
/// free list, as pages do in any bbolt file.
///
/// ```
/// 0, 1  meta pages, equal but for their transaction
/// 2     the directory: a leaf with the buckets' roots
/// 3…    the buckets by name, each leaves first and root last
/// last  the free list
/// ```
public final class BoltImage {

  private static final int DIRECTORY_PAGE = 2;
  private static final int FIRST_BUCKET_PAGE = 3;

  /// Such a count of a free list says that the true one stands before the first id.
  private static final int MANY = 0xFFFF;

  /// Takes the file's bytes piece by piece. The array is the sink's from then on.
  @FunctionalInterface
  public interface Sink {
    /// Takes the next piece: so many bytes from the array's start.
    void accept(byte[] bytes, int length);
  }

  private final List<BucketTree> trees;
  private final long freeListPage;
  private final int freeListPages;

  private BoltImage(List<BucketTree> trees, long freeListPage) {
    this.trees = trees;
    this.freeListPage = freeListPage;
    long maxFree = trees.stream().mapToLong(tree -> tree.size().maxFree()).sum();
    freeListPages = BoltFormat.pages(HEADER_BYTES + (1 + maxFree) * Long.BYTES);
  }

  /// Gives each bucket its place.
  ///
  /// @param buckets sorted by name
  public static BoltImage layOut(List<BoltBucket> buckets) {
    var trees = new ArrayList<BucketTree>();
    long page = FIRST_BUCKET_PAGE;
    String before = "";
    for (BoltBucket bucket : buckets) {
      Invariant.check(before.compareTo(bucket.name()) < 0, "buckets are sorted", bucket.name());
      before = bucket.name();
      var tree = new BucketTree(bucket, page);
      trees.add(tree);
      page = tree.endPage();
    }
    return new BoltImage(List.copyOf(trees), page);
  }

  private long pages() {
    return freeListPage + freeListPages;
  }

  public long sizeBytes() {
    return pages() * BoltFormat.PAGE_BYTES;
  }

  /// Walks over the rows of all buckets.
  ///
  /// @throws IllegalStateException if they are not what the totals say
  public void writeTo(Sink sink) {
    var out = new PageWriter(sink);
    out.write(meta(0));
    out.write(meta(1));
    writeDirectory(out);
    var free = new ArrayList<BucketTree.FreePages>();
    trees.forEach(tree -> free.add(tree.writeTo(out)));
    out.write(freeList(free));
  }

  private byte[] meta(long transaction) {
    byte[] page = BoltFormat.page(transaction, BoltFormat.META, 0, 1);
    int at = HEADER_BYTES;
    BoltFormat.putInt(page, at, BoltFormat.MAGIC);
    BoltFormat.putInt(page, at + 4, BoltFormat.VERSION);
    BoltFormat.putInt(page, at + 8, BoltFormat.PAGE_BYTES);
    BoltFormat.putLong(page, at + 16, DIRECTORY_PAGE);
    BoltFormat.putLong(page, at + 32, freeListPage);
    BoltFormat.putLong(page, at + 40, pages());
    BoltFormat.putLong(page, at + 48, transaction);
    BoltFormat.putLong(page, at + META_BYTES - Long.BYTES, BoltFormat.metaChecksum(page, at));
    return page;
  }

  private void writeDirectory(PageWriter out) {
    Map<byte[], byte[]> roots = new TreeMap<>(Arrays::compareUnsigned);
    for (BucketTree tree : trees) {
      var header = new byte[BoltFormat.BUCKET_BYTES];
      BoltFormat.putLong(header, 0, tree.root());
      roots.put(tree.bucket().name().getBytes(StandardCharsets.UTF_8), header);
    }
    var leaf = new LeafPage(BoltFormat.IS_BUCKET, BoltFormat.PAGE_BYTES);
    try (BoltRows rows = BoltBucket.of("directory", roots).rows().get()) {
      while (rows.next()) {
        Invariant.check(leaf.maybeAdd(rows), "the directory is sorted");
      }
    }
    Invariant.check(leaf.pages() == 1, "the directory is one page", leaf.pages(), 1);
    leaf.writeTo(out);
  }

  private byte[] freeList(List<BucketTree.FreePages> free) {
    long count = free.stream().mapToLong(pages -> pages.to() - pages.from()).sum();
    int stored = (int) Math.min(count, MANY);
    byte[] page = BoltFormat.page(freeListPage, BoltFormat.FREE_LIST, stored, freeListPages);
    int at = HEADER_BYTES;
    if (stored == MANY) {
      BoltFormat.putLong(page, at, count);
      at += Long.BYTES;
    }
    for (BucketTree.FreePages pages : free) {
      for (long id = pages.from(); id < pages.to(); id++) {
        BoltFormat.putLong(page, at, id);
        at += Long.BYTES;
      }
    }
    return page;
  }
}
