package io.kvorum.node.core.raft;

import io.kvorum.node.core.Invariant;
import java.util.ArrayDeque;

/// The append messages on their way to one follower: what limits how many more may follow.
///
/// Invariant: last indices ascend.
final class Window {
  private record Sent(long last, long bytes) {}

  private final int maxCount;
  private final long maxBytes;
  private final ArrayDeque<Sent> sent = new ArrayDeque<>();
  private long bytes;

  Window(RaftConfig config) {
    maxCount = config.maxInFlightAppends();
    maxBytes = config.maxInFlightBytes();
  }

  boolean isFull() {
    return sent.size() >= maxCount || bytes >= maxBytes;
  }

  int count() {
    return sent.size();
  }

  void add(long last, long size) {
    Invariant.check(sent.isEmpty() || sent.getLast().last < last, "appends ascend");
    sent.add(new Sent(last, size));
    bytes += size;
  }

  /// Everything up to this index has arrived.
  void arrived(long index) {
    while (!sent.isEmpty() && sent.element().last <= index) {
      bytes -= sent.remove().bytes;
    }
  }
}
