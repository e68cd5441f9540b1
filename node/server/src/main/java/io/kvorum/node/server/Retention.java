package io.kvorum.node.server;

import java.time.Duration;

/// How much of the history stays readable. What is older is compacted by the leader, without being
/// asked.
public sealed interface Retention {

  /// Nobody compacts but clients.
  record Everything() implements Retention {}

  /// The newest so many revisions.
  record Revisions(long count) implements Retention {}

  /// What was current within so much time.
  record Period(Duration period) implements Retention {}
}
