package io.kvorum.node.core.bolt;

/// Hands a file's pages to a sink, front to back, and knows which one comes next.
final class PageWriter {

  private static final int MAX_EMPTY_PAGES = 16;

  private final BoltImage.Sink sink;
  private long next;

  PageWriter(BoltImage.Sink sink) {
    this.sink = sink;
  }

  /// The id of the next page.
  long next() {
    return next;
  }

  /// Writes whole pages.
  void write(byte[] pages) {
    sink.accept(pages, pages.length);
    next += pages.length / BoltFormat.PAGE_BYTES;
  }

  /// Writes so many pages, which begin with the head and go on with as much of the rest as they
  /// take.
  void write(int pages, byte[] head, byte[] rest) {
    sink.accept(head, head.length);
    sink.accept(rest, Math.toIntExact((long) pages * BoltFormat.PAGE_BYTES - head.length));
    next += pages;
  }

  /// Writes empty pages up to the one with the id.
  void writeEmptyUpTo(long id) {
    while (next < id) {
      write(new byte[(int) Math.min(MAX_EMPTY_PAGES, id - next) * BoltFormat.PAGE_BYTES]);
    }
  }
}
