package io.kvorum.node.core.bolt;

import static io.kvorum.node.core.bolt.BoltFormat.HEADER_BYTES;
import static io.kvorum.node.core.bolt.BoltFormat.META_BYTES;

import io.kvorum.node.core.Invariant;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A whole bbolt file that is never on a disk nor in memory: laid out by one pass over its entries,
/// written front to back by a second one. Between them stands one short record per leaf page.
///
/// The first pages name what comes last (the root, the number of pages), hence two passes.
///
/// ```
/// 0, 1  meta pages, equal but for their transaction
/// 2     the free list, empty
/// 3…    the buckets by name, each leaves first and root last
/// last  the directory: a leaf with the buckets' roots
/// ```
public final class BoltImage {

  private static final int FREE_LIST_PAGE = 2;
  private static final int FIRST_BUCKET_PAGE = 3;

  /// Takes the file's pages one after the other, some of them several pages long.
  @FunctionalInterface
  public interface Sink {
    void accept(byte[] pages);
  }

  private final List<BucketTree> trees;
  private final long directoryPage;

  private BoltImage(List<BucketTree> trees, long directoryPage) {
    this.trees = trees;
    this.directoryPage = directoryPage;
  }

  /// The first pass.
  ///
  /// @param buckets sorted by name
  public static BoltImage layOut(List<BoltBucket> buckets) {
    var trees = new ArrayList<BucketTree>();
    long page = FIRST_BUCKET_PAGE;
    String before = "";
    for (BoltBucket bucket : buckets) {
      Invariant.check(before.compareTo(bucket.name()) < 0, "buckets are sorted", bucket.name());
      before = bucket.name();
      BucketTree tree = BucketTree.layOut(bucket, page);
      trees.add(tree);
      page = tree.endPage();
    }
    return new BoltImage(List.copyOf(trees), page);
  }

  public long sizeBytes() {
    return (directoryPage + 1) * BoltFormat.PAGE_BYTES;
  }

  /// The second pass.
  public void writeTo(Sink sink) {
    sink.accept(meta(0));
    sink.accept(meta(1));
    sink.accept(BoltFormat.page(FREE_LIST_PAGE, BoltFormat.FREE_LIST, 0, 1));
    trees.forEach(tree -> tree.writeTo(sink));
    sink.accept(directory());
  }

  private byte[] meta(long transaction) {
    byte[] page = BoltFormat.page(transaction, BoltFormat.META, 0, 1);
    int at = HEADER_BYTES;
    BoltFormat.putInt(page, at, BoltFormat.MAGIC);
    BoltFormat.putInt(page, at + 4, BoltFormat.VERSION);
    BoltFormat.putInt(page, at + 8, BoltFormat.PAGE_BYTES);
    BoltFormat.putLong(page, at + 16, directoryPage);
    BoltFormat.putLong(page, at + 32, FREE_LIST_PAGE);
    BoltFormat.putLong(page, at + 40, directoryPage + 1);
    BoltFormat.putLong(page, at + 48, transaction);
    BoltFormat.putLong(page, at + META_BYTES - Long.BYTES, BoltFormat.metaChecksum(page, at));
    return page;
  }

  private byte[] directory() {
    var leaf = new LeafPage(BoltFormat.IS_BUCKET);
    for (BucketTree tree : trees) {
      var header = new byte[BoltFormat.BUCKET_BYTES];
      BoltFormat.putLong(header, 0, tree.root());
      leaf.add(tree.bucket().name().getBytes(StandardCharsets.UTF_8), header);
    }
    Invariant.check(leaf.pages() == 1, "the directory is one page", leaf.pages(), 1);
    return leaf.render(directoryPage);
  }
}
