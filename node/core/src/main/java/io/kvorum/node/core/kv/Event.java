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

  public long revision() {
    return current.modRevision();
  }
}
