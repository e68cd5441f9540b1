package io.kvorum.node.core.kv;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A node of the tree of API v2 as clients see it.
///
/// @param path "" for the root
/// @param value null for a directory, and for what is no more
/// @param expiration in nanoseconds since 1970; 0: never
/// @param ttlSeconds what is left until then, rounded up
/// @param children of a directory, as far as they were asked for; sorted by name
public record V2Node(
    String path,
    @Nullable String value,
    boolean directory,
    long expiration,
    long ttlSeconds,
    List<V2Node> children,
    long modifiedIndex,
    long createdIndex) {

  private static final long NANOS = 1_000_000_000;

  public V2Node {
    children = List.copyOf(children);
  }

  /// The seconds from a moment to another, rounded up; below 0 towards 0.
  static long seconds(long from, long to) {
    long left = to - from;
    return left > 0 ? (left - 1) / NANOS + 1 : left / NANOS;
  }

  V2Node with(List<V2Node> others) {
    return new V2Node(
        path, value, directory, expiration, ttlSeconds, others, modifiedIndex, createdIndex);
  }
}
