package io.kvorum.node.core.kv;

import org.jspecify.annotations.Nullable;

/// One change of one key: what a watch delivers.
///
/// `previous` is the version that was live before the revision of the change; a created key has
/// none, and neither has one whose earlier version is already compacted.
public record Event(Kind kind, KeyValue current, @Nullable KeyValue previous) {

  public enum Kind {
    PUT,
    DELETE
  }

  /// What an event takes in memory beside keys and values.
  private static final long OVERHEAD_BYTES = 256;

  /// About what it takes in memory.
  public long bytes() {
    return OVERHEAD_BYTES
        + current.key().length()
        + current.value().length()
        + (previous == null ? 0 : previous.value().length());
  }

  public long revision() {
    return current.modRevision();
  }
}
