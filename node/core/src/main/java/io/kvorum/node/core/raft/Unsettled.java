package io.kvorum.node.core.raft;

import java.util.ArrayDeque;

/// A leader's own proposals that are not yet both committed and on its disk, in bytes: they must
/// stay in memory, so their sum is bounded.
final class Unsettled {
  private record Batch(long last, long bytes) {}

  private final long maxBytes;
  private final ArrayDeque<Batch> batches = new ArrayDeque<>();
  private long bytes;

  Unsettled(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /// Whether so much more may come. One batch alone always may, however large it is.
  boolean canTake(long more) {
    return bytes == 0 || bytes + more <= maxBytes;
  }

  void add(long last, long size) {
    batches.add(new Batch(last, size));
    bytes += size;
  }

  /// Everything up to this index is committed and on disk.
  void settle(long index) {
    while (!batches.isEmpty() && batches.element().last <= index) {
      bytes -= batches.remove().bytes;
    }
  }
}
