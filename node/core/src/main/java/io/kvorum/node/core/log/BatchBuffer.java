package io.kvorum.node.core.log;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.EntryType;
import io.kvorum.node.core.raft.HardState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The batch that waits for its write: a record under construction in one direct buffer, into which
/// the bytes of each entry are copied once. An entry is its length, its type, its term and its
/// data.
final class BatchBuffer {

  /// A batch is closed when it holds this much: reading one old entry reads its whole record.
  static final int FULL_BYTES = 1 << 20;

  private static final int ENTRY_OVERHEAD_BYTES = Integer.BYTES + Byte.BYTES + Long.BYTES;
  private static final int INITIAL_BYTES = 16 << 10;

  private ByteBuffer buffer = ByteBuffer.allocateDirect(INITIAL_BYTES).order(ByteOrder.BIG_ENDIAN);
  private int entries;
  private long firstIndex;
  private long previousTerm;
  private boolean open;

  /// Starts a record whose first entry follows one of the given term.
  void begin(long firstIndex, long previousTerm) {
    Invariant.check(!open, "a batch is already under construction");
    open = true;
    entries = 0;
    this.firstIndex = firstIndex;
    this.previousTerm = previousTerm;
    buffer.clear().position(BatchHead.BYTES);
  }

  boolean isOpen() {
    return open;
  }

  boolean isFull() {
    return open && buffer.position() >= FULL_BYTES;
  }

  long firstIndex() {
    return firstIndex;
  }

  /// The term of the entry before the first one.
  long previousTerm() {
    return previousTerm;
  }

  /// The index that the next entry must have.
  long nextIndex() {
    return firstIndex + entries;
  }

  void add(Entry entry) {
    Invariant.check(
        open && entry.index() == nextIndex(),
        "entries of a batch follow one another",
        entry.index(),
        nextIndex());
    byte[] data = entry.data();
    reserve(ENTRY_OVERHEAD_BYTES + data.length + BatchHead.ALIGNMENT);
    buffer.putInt(data.length).put((byte) entry.type().code()).putLong(entry.term()).put(data);
    entries++;
  }

  /// How many bytes the record will have.
  int recordBytes() {
    return BatchHead.padded(buffer.position());
  }

  /// Completes the record for the place it will be written to; the result is valid until the next
  /// `begin`, and its first four bytes are the record's CRC.
  ByteBuffer finish(
      long salt, long segment, int previousCrc, DiskOffset durable, HardState hardState) {
    Invariant.check(open, "no batch is under construction");
    open = false;
    reserve(BatchHead.ALIGNMENT);
    while (buffer.position() % BatchHead.ALIGNMENT != 0) {
      buffer.put((byte) 0);
    }
    int bodyBytes = buffer.position() - BatchHead.BYTES;
    buffer
        .putInt(4, BatchHead.bodyCrc(buffer, BatchHead.BYTES, bodyBytes))
        .putInt(8, previousCrc)
        .putInt(12, bodyBytes)
        .putLong(16, durable.segment())
        .putInt(24, durable.offset())
        .putInt(28, entries)
        .putLong(32, hardState.term())
        .putLong(40, hardState.vote().value())
        .putLong(48, hardState.commit())
        .putLong(56, firstIndex)
        .putLong(64, previousTerm);
    BatchHead.seal(buffer, 0, salt, segment);
    return buffer.flip();
  }

  /// Gives up the record under construction, and the memory of an unusually large one.
  void discard() {
    open = false;
    if (buffer.capacity() > 2 * FULL_BYTES) {
      buffer = ByteBuffer.allocateDirect(INITIAL_BYTES);
    }
  }

  private void reserve(int bytes) {
    if (buffer.remaining() < bytes) {
      int needed = Math.addExact(buffer.position(), bytes);
      int capacity =
          (int) Math.max(needed, Math.min(2L * buffer.capacity(), Integer.MAX_VALUE - 8));
      buffer = ByteBuffer.allocateDirect(capacity).put(buffer.flip());
    }
  }

  /// Passes each entry of a record's body to the consumer, as far as it wants them.
  static void decode(BatchHead head, ByteBuffer body, EntryConsumer consumer) {
    ByteBuffer at = body.duplicate();
    for (int i = 0; i < head.entries(); i++) {
      int length = at.getInt();
      byte type = at.get();
      long term = at.getLong();
      if (!consumer.take(head.firstIndex() + i, term, type, at, length)) {
        return;
      }
      at.position(at.position() + length);
    }
  }

  /// Takes one entry from a record; `body` stands at the data and must be left as it is.
  @FunctionalInterface
  interface EntryConsumer {
    boolean take(long index, long term, byte type, ByteBuffer body, int length);
  }

  static Entry entry(long index, long term, byte type, ByteBuffer body, int length) {
    byte[] data = new byte[length];
    body.get(body.position(), data);
    return new Entry(term, index, EntryType.ofCode(type), data);
  }
}
