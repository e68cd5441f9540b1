package io.kvorum.node.core.bolt;

import static io.kvorum.node.core.bolt.BoltFormat.ELEMENT_BYTES;
import static io.kvorum.node.core.bolt.BoltFormat.HEADER_BYTES;
import static io.kvorum.node.core.bolt.BoltFormat.PAGE_BYTES;

/// How many pages a bucket's tree may take, known from its totals alone, whatever the order of its
/// rows: a leaf is filled up to a size and then rounded up to whole pages, so that only the number
/// of leaves, and with it that of roundings, is uncertain.
///
/// Long leaves make that uncertainty small: at most a page in every 64.
record TreeSize(BoltTotals totals) {

  /// A leaf takes no more rows once it has so many bytes of them.
  static final int LEAF_BYTES = 256 << 10;

  /// With fewer there may be a page with a single child.
  private static final int MIN_FANOUT = 3;

  private long bytes() {
    return totals.rows() * ELEMENT_BYTES + totals.bytes();
  }

  /// Whether the tree is a single leaf. Where it is not, all rows but the last are more than a leaf
  /// takes, so there are two or more.
  boolean isOneLeaf() {
    return bytes() <= LEAF_BYTES + ELEMENT_BYTES + totals.longestRow();
  }

  /// The most leaves: all but the last are full.
  private long maxLeaves() {
    return isOneLeaf() ? 1 : bytes() / LEAF_BYTES + 1;
  }

  /// How many children a branch has, unless it is the last of its level.
  int fanout() {
    return Math.max(
        MIN_FANOUT, (PAGE_BYTES - HEADER_BYTES) / (ELEMENT_BYTES + totals.longestKey()));
  }

  /// The pages of a branch.
  int branchPages() {
    return BoltFormat.pages(HEADER_BYTES + (long) fanout() * (ELEMENT_BYTES + totals.longestKey()));
  }

  /// The most pages of the tree.
  long maxPages() {
    long leaves = maxLeaves();
    if (leaves == 1) {
      return BoltFormat.pages(HEADER_BYTES + bytes());
    }
    long branches = 0;
    for (long level = leaves; level > 1; ) {
      level = Math.ceilDiv(level, (long) fanout());
      branches += level;
    }
    long rounding = HEADER_BYTES + PAGE_BYTES - 1;
    return (bytes() + leaves * rounding) / PAGE_BYTES + branches * branchPages();
  }

  /// The most pages that are left over once it is written.
  long maxFree() {
    long least = Math.ceilDiv(HEADER_BYTES + bytes(), (long) PAGE_BYTES);
    return isOneLeaf() ? 0 : maxPages() - least - branchPages();
  }
}
