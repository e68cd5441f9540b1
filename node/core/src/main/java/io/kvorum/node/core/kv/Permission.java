package io.kvorum.node.core.kv;

/// What a role may do with a range of keys, in etcd's notation of ranges.
public record Permission(Type type, Bytes key, Bytes rangeEnd) {

  /// The kinds of access.
  public enum Type {
    READ,
    WRITE,
    READ_WRITE
  }

  /// The range may be granted: it has a first key, and something in it.
  boolean isValid() {
    return !key.isEmpty() && !range().isEmpty();
  }

  KeyRange range() {
    return KeyRange.of(key, rangeEnd);
  }

  boolean isOn(Bytes otherKey, Bytes otherEnd) {
    return key.equals(otherKey) && rangeEnd.equals(otherEnd);
  }
}
