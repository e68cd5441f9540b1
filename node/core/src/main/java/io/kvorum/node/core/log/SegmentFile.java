package io.kvorum.node.core.log;

import java.nio.ByteBuffer;

/// An open file of the log. Until `sync` returns, each sector written and each change of the size
/// may or may not survive a power loss, independently of one another.
///
/// Every method throws `DiskFailedException` (or its `DiskFullException`) naming operation and
/// path.
public interface SegmentFile {

  /// The name within the folder.
  String name();

  /// How a person finds the file; for messages.
  String path();

  long size();

  /// Writes all remaining bytes at the offset; the file grows as needed.
  void write(long offset, ByteBuffer bytes);

  /// Fills the buffer from the offset on, as far as the file reaches; returns how many bytes that
  /// was.
  int read(long offset, ByteBuffer into);

  /// Makes every byte written so far, and the size they need, durable.
  void sync();

  void truncate(long size);

  void close();
}
