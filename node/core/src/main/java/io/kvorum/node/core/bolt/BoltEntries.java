package io.kvorum.node.core.bolt;

/// A walk over keys and values in ascending order of the keys' unsigned bytes.
public interface BoltEntries extends AutoCloseable {

  /// Moves to the next entry; false when there is none.
  boolean next();

  /// The key of the entry it stands on.
  byte[] key();

  /// The value of the entry it stands on.
  byte[] value();

  @Override
  void close();
}
