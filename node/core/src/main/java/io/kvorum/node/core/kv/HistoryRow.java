package io.kvorum.node.core.kv;

/// One change in the order of history.
record HistoryRow(long main, int sub, Kind kind, Bytes key) {

  /// CREATE is the put of a key that did not exist, UPDATE that of one that did.
  enum Kind {
    CREATE,
    UPDATE,
    DELETE
  }
}
