package io.kvorum.node.core.kv;

/// Says which keys a reader of events wants.
@FunctionalInterface
public interface KeyFilter {
  boolean wants(Bytes key);
}
