package io.kvorum.node.core.kv;

/// One version of a key as the store holds it; `mod` and `sub` are its place in history.
record Stored(long mod, int sub, long create, long version, long lease, Bytes value) {

  KeyValue of(Bytes key) {
    return new KeyValue(key, create, mod, version, lease, value);
  }

  boolean isAt(long main, int subRevision) {
    return mod == main && sub == subRevision;
  }
}
