package io.kvorum.node.server.api;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.AnswerRoom;

/// The memory that the answers of reads may take, of all calls together, from the first key that is
/// read until the connection has taken the last byte. Without it one range over a large store, or
/// many clients that ask and do not read, would end the member.
///
/// The first bytes of any answer are free: a connection costs about as much, and the many small
/// answers have no counter to share.
public final class AnswerMemory {
  private static final long FREE_BYTES = 64 << 10;

  /// A share grows by at least so much, so that a long answer rarely asks.
  private static final long STEP_BYTES = 1 << 20;

  private final long capacity;

  /// Invariant: 0 ≤ taken ≤ capacity.
  private long taken;

  public AnswerMemory(long capacity) {
    this.capacity = capacity;
  }

  /// A quarter of the heap: an answer is on it once while it is read, and once more, outside of it,
  /// while it is sent.
  public static AnswerMemory ofHeap() {
    return new AnswerMemory(Runtime.getRuntime().maxMemory() / 4);
  }

  /// A share for one answer.
  Share share() {
    return new Share();
  }

  synchronized long taken() {
    return taken;
  }

  private synchronized boolean maybeTake(long bytes) {
    if (taken + bytes > capacity) {
      return false;
    }
    taken += bytes;
    return true;
  }

  private synchronized void give(long bytes) {
    taken -= bytes;
    Invariant.check(taken >= 0, "room is given back once", taken);
  }

  /// What one answer takes. It is read on one thread and may end on another.
  final class Share implements AnswerRoom, AutoCloseable {
    /// Bytes that the answer has by now.
    private long needed;

    private long granted;
    private boolean closed;

    private Share() {}

    @Override
    public synchronized boolean maybeTake(long bytes) {
      needed += bytes;
      long lacking = needed - FREE_BYTES - granted;
      if (lacking <= 0) {
        return true;
      }
      return !closed && (maybeGrow(Math.max(lacking, STEP_BYTES)) || maybeGrow(lacking));
    }

    private boolean maybeGrow(long by) {
      if (!AnswerMemory.this.maybeTake(by)) {
        return false;
      }
      granted += by;
      return true;
    }

    /// Why there was no room.
    synchronized ApiError refusal() {
      return needed - FREE_BYTES > capacity
          ? ApiError.ANSWER_TOO_LARGE
          : ApiError.TOO_MANY_REQUESTS;
    }

    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        give(granted);
        granted = 0;
      }
    }
  }
}
