package io.kvorum.node.core.raft;

/// A leader counts on entries that this member has acknowledged, and its log has them no more.
/// Where the log was damaged in its last record, nothing else can tell: by itself that looks like a
/// write that a power loss tore off before anybody relied on it.
///
/// The member must not go on: its vote could elect a leader that lacks what is acknowledged.
public final class LostEntriesException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  LostEntriesException(long acknowledged, long last) {
    super(
        "this member had acknowledged the log up to entry %d, but has it only up to entry %d: what was durable is lost"
            .formatted(acknowledged, last));
  }
}
