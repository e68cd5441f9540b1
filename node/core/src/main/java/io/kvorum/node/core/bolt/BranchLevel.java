package io.kvorum.node.core.bolt;

/// The branch pages above one level of a tree. Each has at least two children.
record BranchLevel(PageList children) {

  private static final int MIN_CHILDREN = 2;

  /// The pages of this level.
  PageList layOut() {
    var pages = new PageList();
    for (int from = 0; from < children.size(); from = end(from)) {
      pages.add(children.firstKey(from), BoltFormat.pages(bytes(from, end(from))));
    }
    return pages;
  }

  /// Where the children of the page end whose first child is given.
  private int end(int from) {
    int end = Math.min(from + MIN_CHILDREN, children.size());
    long bytes = bytes(from, end);
    while (end < children.size()) {
      bytes += BoltFormat.ELEMENT_BYTES + children.keyLength(end);
      if (bytes > BoltFormat.PAGE_BYTES) {
        break;
      }
      end++;
    }
    if (children.size() - end == 1) {
      return end - from > MIN_CHILDREN ? end - 1 : children.size();
    }
    return end;
  }

  private long bytes(int from, int end) {
    long bytes = BoltFormat.HEADER_BYTES;
    for (int i = from; i < end; i++) {
      bytes += BoltFormat.ELEMENT_BYTES + children.keyLength(i);
    }
    return bytes;
  }

  /// Writes the pages of this level, the first of which has the id.
  void writeTo(BoltImage.Sink sink, long firstId, long firstChildId) {
    long id = firstId;
    for (int from = 0; from < children.size(); from = end(from)) {
      byte[] page = page(id, from, end(from), firstChildId);
      sink.accept(page);
      id += page.length / BoltFormat.PAGE_BYTES;
    }
  }

  private byte[] page(long id, int from, int end, long firstChildId) {
    int count = end - from;
    byte[] page = BoltFormat.page(id, BoltFormat.BRANCH, count, BoltFormat.pages(bytes(from, end)));
    int element = BoltFormat.HEADER_BYTES;
    int at = element + count * BoltFormat.ELEMENT_BYTES;
    for (int i = from; i < end; i++) {
      byte[] key = children.firstKey(i);
      BoltFormat.putInt(page, element, at - element);
      BoltFormat.putInt(page, element + 4, key.length);
      BoltFormat.putLong(page, element + 8, firstChildId + children.start(i));
      System.arraycopy(key, 0, page, at, key.length);
      at += key.length;
      element += BoltFormat.ELEMENT_BYTES;
    }
    return page;
  }
}
