package io.kvorum.node.core.bolt;

/// The branch pages above one level of a tree. Each has at least two children, as the level has,
/// and all are of one length.
record BranchLevel(PageList children, long firstChild, TreeSize size) {

  /// Writes them.
  ///
  /// @return the level that they are
  PageList writeTo(PageWriter out) {
    var level = new PageList();
    for (int from = 0; from < children.size(); from = end(from)) {
      level.add(children.firstKey(from), size.branchPages());
      out.write(page(out.next(), from, end(from)));
    }
    return level;
  }

  /// Where the children of the page end whose first child is given: one fewer when a single one
  /// would be left for the next page.
  private int end(int from) {
    int end = Math.min(from + size.fanout(), children.size());
    return children.size() - end == 1 ? end - 1 : end;
  }

  private byte[] page(long id, int from, int end) {
    int count = end - from;
    byte[] page = BoltFormat.page(id, BoltFormat.BRANCH, count, size.branchPages());
    int element = BoltFormat.HEADER_BYTES;
    int at = element + count * BoltFormat.ELEMENT_BYTES;
    for (int i = from; i < end; i++) {
      byte[] key = children.firstKey(i);
      BoltFormat.putInt(page, element, at - element);
      BoltFormat.putInt(page, element + 4, key.length);
      BoltFormat.putLong(page, element + 8, firstChild + children.start(i));
      System.arraycopy(key, 0, page, at, key.length);
      at += key.length;
      element += BoltFormat.ELEMENT_BYTES;
    }
    return page;
  }
}
