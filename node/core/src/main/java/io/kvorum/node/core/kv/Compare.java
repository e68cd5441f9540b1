package io.kvorum.node.core.kv;

/// One condition of a transaction, over a key or over every existing key of a range.
///
/// Only the operand that the target asks for is read: `value` for VALUE, `number` for all others.
public record Compare(
    Bytes key, Bytes rangeEnd, Target target, Result result, long number, Bytes value) {

  /// What is compared. UNKNOWN is a target of a later protocol: it compares as equal.
  public enum Target {
    VERSION,
    CREATE,
    MOD,
    VALUE,
    LEASE,
    UNKNOWN
  }

  /// How it is compared. UNKNOWN is a relation of a later protocol: it always holds.
  public enum Result {
    EQUAL,
    GREATER,
    LESS,
    NOT_EQUAL,
    UNKNOWN
  }

  public KeyRange range() {
    return KeyRange.of(key, rangeEnd);
  }
}
