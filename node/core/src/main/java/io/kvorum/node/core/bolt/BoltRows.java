package io.kvorum.node.core.bolt;

/// A walk over what a bucket is to hold, in ascending order of the keys' unsigned bytes. Each row
/// puts itself into the page that it becomes part of.
public interface BoltRows extends AutoCloseable {

  /// Moves to the next row; false when there is none.
  boolean next();

  int keyBytes();

  int valueBytes();

  /// Writes the key's bytes from a place of the array on.
  void writeKey(byte[] into, int at);

  /// Writes the value's bytes from a place of the array on.
  void writeValue(byte[] into, int at);

  @Override
  void close();
}
