package io.kvorum.node.core.kv;

/// The change that a walk stands on: all but the bytes of its key and its value. Of a deletion
/// there is nothing but its place and its key.
public interface WalkedChange {

  /// The revision it was made in.
  long main();

  /// Its place among the changes of that revision.
  int sub();

  /// Whether it ended the key.
  boolean isDeletion();

  long createRevision();

  long version();

  long lease();

  int keyLength();

  int valueLength();
}
