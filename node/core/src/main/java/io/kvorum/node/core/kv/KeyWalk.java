package io.kvorum.node.core.kv;

/// A walk up the keys of a keyspace. It stands before the first one until `next`.
interface KeyWalk extends AutoCloseable {

  /// Moves to the next key; false when there is none.
  boolean next();

  Bytes key();

  Stored stored();

  @Override
  void close();

  /// Counts by walking.
  static long count(Keyspace keys, KeyRange range) {
    long count = 0;
    try (KeyWalk walk = keys.walk(range)) {
      while (walk.next()) {
        count++;
      }
    }
    return count;
  }
}
