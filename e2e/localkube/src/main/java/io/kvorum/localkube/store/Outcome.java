package io.kvorum.localkube.store;

/// How a write ended.
public sealed interface Outcome {

  /// It is done, and on disk.
  record Done(Stored stored) implements Outcome {}

  /// Somebody else was first: the object exists already, is gone, or has another version.
  record Stale() implements Outcome {}
}
