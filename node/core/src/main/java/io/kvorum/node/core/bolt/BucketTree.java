package io.kvorum.node.core.bolt;

import java.util.Arrays;

/// The tree of one bucket in its place, behind the pages before it: leaves first, then each level
/// of branches. The root's place must be known before anything is written, so it is the last one
/// that the tree may take, and pages before it can be left over.
///
/// @param firstPage where it begins
record BucketTree(BoltBucket bucket, TreeSize size, long firstPage) {

  /// Pages that nothing refers to.
  record FreePages(long from, long to) {}

  BucketTree(BoltBucket bucket, long firstPage) {
    this(bucket, new TreeSize(bucket.totals()), firstPage);
  }

  long root() {
    return size.isOneLeaf() ? firstPage : endPage() - size.branchPages();
  }

  long endPage() {
    return firstPage + size.maxPages();
  }

  /// Writes all of it.
  ///
  /// @throws IllegalStateException if the bucket holds something else than its totals say
  FreePages writeTo(PageWriter out) {
    require(out.next() == firstPage, "begins elsewhere");
    PageList level = writeLeaves(out);
    require(size.isOneLeaf() == (level.size() == 1), "has another number of leaves");
    if (size.isOneLeaf()) {
      require(out.next() == endPage(), "has another length");
      return new FreePages(endPage(), endPage());
    }
    long levelStart = firstPage;
    while (level.size() > size.fanout()) {
      long start = out.next();
      level = new BranchLevel(level, levelStart, size).writeTo(out);
      levelStart = start;
    }
    long free = out.next();
    require(free <= root(), "is too long");
    out.writeEmptyUpTo(root());
    new BranchLevel(level, levelStart, size).writeTo(out);
    return new FreePages(free, root());
  }

  /// A bucket without rows has one empty leaf.
  private PageList writeLeaves(PageWriter out) {
    var leaves = new PageList();
    long bytes = 0;
    long rows = 0;
    byte[] before = null;
    LeafPage leaf = newLeaf();
    try (BoltRows walk = bucket.rows().get()) {
      while (walk.next()) {
        if (leaf.bytes() >= TreeSize.LEAF_BYTES && !size.isOneLeaf()) {
          bytes += leaf.bytes();
          rows += leaf.rows();
          before = leaf.lastKey();
          finish(leaf, leaves, out);
          leaf = newLeaf();
        }
        boolean first = leaf.isEmpty();
        require(leaf.maybeAdd(walk), "has keys that do not ascend");
        require(
            !first || before == null || Arrays.compareUnsigned(before, leaf.firstKey()) < 0,
            "has keys that do not ascend");
      }
    }
    bytes += leaf.bytes();
    rows += leaf.rows();
    finish(leaf, leaves, out);
    BoltTotals totals = bucket.totals();
    require(
        rows == totals.rows() && bytes == rows * BoltFormat.ELEMENT_BYTES + totals.bytes(),
        "has other rows");
    return leaves;
  }

  private LeafPage newLeaf() {
    long wanted = Math.min(bucket.totals().bytes(), TreeSize.LEAF_BYTES);
    return new LeafPage(0, (int) wanted);
  }

  private static void finish(LeafPage leaf, PageList leaves, PageWriter out) {
    leaves.add(leaf.firstKey(), leaf.pages());
    leaf.writeTo(out);
  }

  private void require(boolean asExpected, String otherwise) {
    if (!asExpected) {
      throw new IllegalStateException(
          "bucket %s %s than was counted before it was written"
              .formatted(bucket.name(), otherwise));
    }
  }
}
