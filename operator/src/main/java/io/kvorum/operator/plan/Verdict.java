package io.kvorum.operator.plan;

/// What is to be thought of a voter that is not well, and so what may be done to it.
sealed interface Verdict {

  String why();

  /// It comes back by itself or by a repair in place.
  record Recovering(String why) implements Verdict {}

  /// It may come back with its data, but nothing here can bring it: after a time it is replaced.
  record Failed(String why) implements Verdict {}

  /// It cannot come back as who it was.
  record DataGone(String why) implements Verdict {}

  /// A new member would fare no better, or its data may well be intact: it is never replaced.
  record NeverReplaced(String why) implements Verdict {}
}
