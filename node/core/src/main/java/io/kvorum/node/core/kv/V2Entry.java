package io.kvorum.node.core.kv;

import java.util.List;

/// A node of the tree of API v2 as the store keeps it.
///
/// @param value empty for a directory
/// @param expiration in nanoseconds since 1970; 0: never
record V2Entry(boolean directory, long created, long modified, long expiration, String value) {

  /// The root, which is always there.
  static final V2Entry ROOT = new V2Entry(true, 0, 0, 0, "");

  static V2Entry newDirectory(long index) {
    return new V2Entry(true, index, index, 0, "");
  }

  V2Entry changed(String newValue, long index, long newExpiration) {
    return new V2Entry(directory, created, index, newExpiration, newValue);
  }

  /// As clients see it, without its children.
  V2Node shown(String path, long now) {
    return new V2Node(
        path.equals("/") ? "" : path,
        directory ? null : value,
        directory,
        expiration,
        expiration == 0 ? 0 : V2Node.seconds(now, expiration),
        List.of(),
        modified,
        created);
  }
}
