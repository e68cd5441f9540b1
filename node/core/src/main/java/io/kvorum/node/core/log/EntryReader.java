package io.kvorum.node.core.log;

import io.kvorum.node.core.raft.Entry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Collects entries from the records of a segment.
final class EntryReader {

  private final long from;
  private final long until;
  private final long maxBytes;
  private final ArrayList<Entry> entries = new ArrayList<>();
  private long bytes;
  private boolean done;

  EntryReader(long from, long until, long maxBytes) {
    this.from = from;
    this.until = until;
    this.maxBytes = maxBytes;
  }

  /// Reads from the cursor's place on, until the last wanted entry, the limit in bytes (but at
  /// least one entry) or a record that is not whole.
  List<Entry> read(RecordCursor cursor) {
    while (!done && cursor.next()) {
      if (cursor.head().lastIndex() >= from) {
        BatchBuffer.decode(cursor.head(), cursor.body(), this::take);
      }
    }
    return entries;
  }

  private boolean take(long index, long term, byte type, ByteBuffer body, int length) {
    if (index < from) {
      return true;
    }
    done = index >= until;
    if (!done) {
      Entry entry = BatchBuffer.entry(index, term, type, body, length);
      bytes += entry.size();
      done = bytes > maxBytes && !entries.isEmpty();
      if (!done) {
        entries.add(entry);
      }
    }
    return !done;
  }
}
