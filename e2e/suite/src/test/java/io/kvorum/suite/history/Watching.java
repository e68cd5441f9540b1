package io.kvorum.suite.history;

import java.util.List;

/// What one watcher was sent, across all members it followed.
///
/// @param startRevision what it asked for first
record Watching(String watcher, Span span, long startRevision, List<Delivery> deliveries) {

  /// One response: the changes in it, or none if it tells the progress alone.
  ///
  /// @param revision the highest one that it vouches for
  record Delivery(long received, long revision, List<Change> changes) {}
}
