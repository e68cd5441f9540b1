package io.kvorum.node.core.bolt;

import io.kvorum.node.core.Invariant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The tree of one bucket, laid out behind the pages before it: leaves first, then each level of
/// branches, the root last.
///
/// @param levels the leaves and the levels above them; the last one is the root alone
record BucketTree(BoltBucket bucket, long firstPage, List<PageList> levels) {

  /// The first pass over a bucket's entries.
  static BucketTree layOut(BoltBucket bucket, long firstPage) {
    var levels = new ArrayList<PageList>();
    var leaves = new PageList();
    eachLeaf(bucket, leaf -> leaves.add(leaf.firstKey(), leaf.pages()));
    levels.add(leaves);
    while (levels.getLast().size() > 1) {
      levels.add(new BranchLevel(levels.getLast()).layOut());
    }
    return new BucketTree(bucket, firstPage, List.copyOf(levels));
  }

  private interface LeafVisitor {
    void visit(LeafPage leaf);
  }

  /// Both passes cut the entries into pages here, so that they agree. A bucket without entries has
  /// one empty leaf.
  private static void eachLeaf(BoltBucket bucket, LeafVisitor visitor) {
    var leaf = new LeafPage(0);
    byte[] before = null;
    try (BoltEntries entries = bucket.entries().get()) {
      while (entries.next()) {
        byte[] key = entries.key();
        byte[] value = entries.value();
        Invariant.check(
            before == null || Arrays.compareUnsigned(before, key) < 0,
            "the keys of a bucket ascend",
            bucket.name());
        if (!leaf.fits(key, value)) {
          visitor.visit(leaf);
          leaf = new LeafPage(0);
        }
        leaf.add(key, value);
        before = key;
      }
    }
    visitor.visit(leaf);
  }

  long root() {
    return levelStart(levels.size() - 1);
  }

  long endPage() {
    return levelStart(levels.size());
  }

  private long levelStart(int level) {
    long start = firstPage;
    for (PageList below : levels.subList(0, level)) {
      start += below.pages();
    }
    return start;
  }

  /// The second pass.
  void writeTo(BoltImage.Sink sink) {
    var writing = new LeafWriting(sink);
    eachLeaf(bucket, writing);
    Invariant.check(
        writing.written == levels.getFirst().size(),
        "both passes see the same leaves",
        this.name());
    for (int level = 1; level < levels.size(); level++) {
      new BranchLevel(levels.get(level - 1))
          .writeTo(sink, levelStart(level), levelStart(level - 1));
    }
  }

  private String name() {
    return bucket.name();
  }

  private final class LeafWriting implements LeafVisitor {
    private final BoltImage.Sink sink;
    private int written;

    LeafWriting(BoltImage.Sink sink) {
      this.sink = sink;
    }

    @Override
    public void visit(LeafPage leaf) {
      PageList leaves = levels.getFirst();
      Invariant.check(written < leaves.size(), "both passes see the same leaves", name());
      long id = firstPage + leaves.start(written);
      long next = written + 1 < leaves.size() ? leaves.start(written + 1) : leaves.pages();
      Invariant.check(
          next == leaves.start(written) + leaf.pages(),
          "a leaf is as long as it was laid out",
          next,
          leaf.pages());
      sink.accept(leaf.render(id));
      written++;
    }
  }
}
