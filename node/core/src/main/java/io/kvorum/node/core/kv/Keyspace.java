package io.kvorum.node.core.kv;

import org.jspecify.annotations.Nullable;

/// The keys that exist at one revision.
interface Keyspace {

  @Nullable Stored get(Bytes key);

  /// A walk up the keys of the range, to be closed by its user.
  KeyWalk walk(KeyRange range);

  /// The exact number of keys in the range.
  long count(KeyRange range);
}
