package io.kvorum.node.core.bolt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;

/// Checks that each page of a file is referred to exactly once, by a tree or by the free list, as
/// bbolt does before it trusts a file.
final class PageUse {

  private final byte[] file;
  private final BitSet used = new BitSet();

  PageUse(byte[] file) {
    this.file = file;
  }

  void check() {
    long pages = number(BoltFormat.HEADER_BYTES + 40);
    assertThat(pages * BoltFormat.PAGE_BYTES).isEqualTo(file.length);
    used.set(0, 2);
    visit(number(BoltFormat.HEADER_BYTES + 16));
    visitFreeList(number(BoltFormat.HEADER_BYTES + 32));
    assertThat(used.cardinality()).as("pages that something refers to").isEqualTo((int) pages);
  }

  private void visit(long id) {
    int at = use(id);
    int count = BoltFormat.getShort(file, at + 10);
    for (int i = 0; i < count; i++) {
      int element = at + BoltFormat.HEADER_BYTES + i * BoltFormat.ELEMENT_BYTES;
      if (BoltFormat.getShort(file, at + 8) == BoltFormat.BRANCH) {
        assertThat(count).isGreaterThan(1);
        visit(number(element + 8));
      } else if (BoltFormat.getInt(file, element) == BoltFormat.IS_BUCKET) {
        int key = element + BoltFormat.getInt(file, element + 4);
        visit(number(key + BoltFormat.getInt(file, element + 8)));
      }
    }
  }

  private void visitFreeList(long id) {
    int at = use(id);
    assertThat(BoltFormat.getShort(file, at + 8)).isEqualTo(BoltFormat.FREE_LIST);
    int stored = BoltFormat.getShort(file, at + 10);
    int ids = at + BoltFormat.HEADER_BYTES;
    long count = stored;
    if (stored == 0xFFFF) {
      count = number(ids);
      ids += Long.BYTES;
    }
    for (int i = 0; i < count; i++) {
      useOne(number(ids + i * Long.BYTES));
    }
  }

  /// Notes the page and those that it goes on for.
  ///
  /// @return where it begins
  private int use(long id) {
    int at = Math.toIntExact(id * BoltFormat.PAGE_BYTES);
    assertThat(number(at)).isEqualTo(id);
    for (int i = 0; i <= BoltFormat.getInt(file, at + 12); i++) {
      useOne(id + i);
    }
    return at;
  }

  private void useOne(long id) {
    assertThat(used.get(Math.toIntExact(id))).as("page %d is used twice", id).isFalse();
    used.set((int) id);
  }

  private long number(int at) {
    return BoltFormat.getLong(file, at);
  }
}
