package io.kvorum.node.core.log;

import io.kvorum.node.core.Invariant;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Walks the records of one segment from a given offset up to a limit, reading ahead in a window.
final class RecordCursor {

  private final SegmentFile file;
  private final long segment;
  private final long salt;
  private final int limit;
  private ByteBuffer window;
  private int windowOffset;
  private int offset;
  private @Nullable BatchHead head;

  RecordCursor(SegmentFile file, long segment, long salt, int offset, int limit, int windowBytes) {
    this.file = file;
    this.segment = segment;
    this.salt = salt;
    this.offset = offset;
    this.limit = limit;
    this.window =
        ByteBuffer.allocate(Math.max(Math.min(windowBytes, limit - offset), BatchHead.BYTES))
            .limit(0);
    this.windowOffset = offset;
  }

  /// Where the current record, or after a failed `next` the missing one, begins.
  int offset() {
    return offset;
  }

  BatchHead head() {
    if (head == null) {
      throw Invariant.unreachable("the cursor stands at no record");
    }
    return head;
  }

  /// The body of the current record; valid until the next call.
  ByteBuffer body() {
    return window.slice(offset - windowOffset + BatchHead.BYTES, head().bodyBytes());
  }

  /// Moves to the record that begins where the current one ends. False when no whole record stands
  /// there; the cursor then stays at that offset.
  boolean next() {
    if (head != null) {
      offset += head.recordBytes();
      head = null;
    }
    BatchHead found = headHere();
    if (found == null || !available(found.recordBytes())) {
      return false;
    }
    int body = offset - windowOffset + BatchHead.BYTES;
    if (BatchHead.bodyCrc(window, body, found.bodyBytes()) != found.bodyCrc()) {
      return false;
    }
    head = found;
    return true;
  }

  /// Whether a head stands at the offset, whatever became of its body.
  boolean headStands() {
    return headHere() != null;
  }

  /// Moves on to the next aligned offset and tells the head that stands there, whatever became of
  /// its body: the head alone proves what was durable when it was written.
  ///
  /// @return null when the limit is reached
  @Nullable BatchHead nextHeadAnywhere() {
    head = null;
    while (true) {
      offset += BatchHead.ALIGNMENT;
      if (!available(BatchHead.BYTES)) {
        return null;
      }
      if (window.getLong(offset - windowOffset) == 0) {
        // The CRCs of a head are zero once in 2^64 times: blank disk.
        continue;
      }
      BatchHead found = headHere();
      if (found != null) {
        return found;
      }
    }
  }

  private @Nullable BatchHead headHere() {
    if (!available(BatchHead.BYTES)) {
      return null;
    }
    int at = offset - windowOffset;
    return BatchHead.stands(window, at, salt, segment, offset)
        ? BatchHead.decode(window, at)
        : null;
  }

  /// Brings the bytes behind the offset into the window; false when the limit or the file's end
  /// comes first.
  private boolean available(int bytes) {
    if (bytes < 0 || bytes > limit - offset) {
      return false;
    }
    if (offset - windowOffset + bytes <= window.limit()) {
      return true;
    }
    if (bytes > window.capacity()) {
      window = ByteBuffer.allocate(bytes);
    }
    window.clear().limit(Math.min(window.capacity(), limit - offset));
    windowOffset = offset;
    int count = file.read(offset, window);
    window.rewind().limit(count);
    return count >= bytes;
  }
}
