package io.kvorum.suite.history;

import java.util.List;

/// What one client asked for and learned. Times are of one monotonic clock, in nanoseconds.
///
/// `invoked` is taken before the request leaves, `completed` after the answer arrived. A value is
/// written once in the whole history, so that an event names the operation it came from.
record Operation(Request request, Result result, long invoked, long completed) {

  sealed interface Request {}

  /// Puts and deletes at one revision, if every guard holds; else nothing, and the answer shows the
  /// keys of the guards.
  record Write(List<Guard> guards, List<Put> puts, List<Span> deletes) implements Request {

    static Write of(Put put) {
      return new Write(List.of(), List.of(put), List.of());
    }

    static Write deleting(Span span) {
      return new Write(List.of(), List.of(), List.of(span));
    }

    /// Sets the key if its last change was `expectedModRevision`.
    static Write swapping(String key, String value, long expectedModRevision) {
      return new Write(
          List.of(new Guard(key, expectedModRevision)), List.of(new Put(key, value)), List.of());
    }
  }

  /// The last change of the key is of this revision (0: it does not exist).
  record Guard(String key, long modRevision) {}

  /// @param lease what the value ends with, 0 for nothing
  record Put(String key, String value, long lease) {

    Put(String key, String value) {
      this(key, value, 0);
    }
  }

  /// @param serializable whether it is content with what one member has
  /// @param atRevision of which revision, 0 for the present
  /// @param limit how many keys at most, 0 for all
  record Read(Span span, boolean serializable, long atRevision, int limit) implements Request {

    static Read of(String key) {
      return new Read(Span.of(key), false, 0, 0);
    }
  }

  sealed interface Result {}

  /// The write took effect at `revision`, if it had any, and deleted so many keys.
  record Written(long revision, long deleted) implements Result {}

  /// A guard did not hold: nothing was written; the store was at `revision`, and this stood there.
  record Refused(long revision, List<Row> rows) implements Result {}

  /// The store was at `revision`; of the `count` keys asked for, these are the first.
  record Seen(long revision, List<Row> rows, long count) implements Result {}

  /// No answer, or one that leaves open whether the write happens now, later or never.
  record Unknown(String why) implements Result {}

  /// A key with its value, and the revision of the change that wrote it.
  record Row(String key, String value, long modRevision, long lease) {}
}
