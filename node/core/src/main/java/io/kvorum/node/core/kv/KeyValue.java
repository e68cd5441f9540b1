package io.kvorum.node.core.kv;

/// One version of a key, as clients see it.
///
/// The key of a delete event carries only its key and mod revision; all else is zero or empty.
public record KeyValue(
    Bytes key, long createRevision, long modRevision, long version, long lease, Bytes value) {

  /// What a delete event shows of a key.
  public static KeyValue deleted(Bytes key, long modRevision) {
    return new KeyValue(key, 0, modRevision, 0, 0, Bytes.EMPTY);
  }

  /// The same version without its value.
  public KeyValue withoutValue() {
    return new KeyValue(key, createRevision, modRevision, version, lease, Bytes.EMPTY);
  }
}
