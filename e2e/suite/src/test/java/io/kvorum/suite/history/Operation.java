package io.kvorum.suite.history;

import java.util.Optional;

/// What one client asked for and learned. Times are of one monotonic clock, in nanoseconds.
///
/// `invoked` is taken before the request leaves, `completed` after the answer arrived. A write's
/// value is unique in the whole history, so that an event names the operation it came from.
record Operation(Request request, Result result, long invoked, long completed) {

  sealed interface Request {
    String key();
  }

  /// Sets the key whatever it holds.
  record Put(String key, String value) implements Request {}

  /// Sets the key if its last change was `expectedModRevision` (0: if it does not exist).
  record CompareAndSet(String key, String value, long expectedModRevision) implements Request {}

  /// A linearizable read.
  record Read(String key) implements Request {}

  sealed interface Result {}

  /// The write took effect at `revision`.
  record Written(long revision) implements Result {}

  /// The comparison failed: nothing was written; the store was at `revision`.
  record Refused(long revision) implements Result {}

  /// The store was at `revision` and the key held this, or nothing.
  record Seen(long revision, Optional<Value> value) implements Result {}

  /// No answer, or one that leaves open whether the write happens now, later or never.
  record Unknown(String why) implements Result {}

  /// A value with the revision of the change that wrote it.
  record Value(String text, long modRevision) {}
}
