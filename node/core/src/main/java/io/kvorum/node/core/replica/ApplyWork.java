package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.Snapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the apply stage does, in order.
public sealed interface ApplyWork {
  /// Applies committed entries and answers who waits for them.
  ///
  /// @param callers one for each entry; null where nobody of this member waits
  record Entries(List<Entry> entries, List<@Nullable Caller> callers) implements ApplyWork {}

  /// Answers readers, now that all before is applied.
  record Reads(List<Caller> callers) implements ApplyWork {}

  /// Replaces the state by the fetched snapshot.
  record Restore(Snapshot snapshot) implements ApplyWork {}
}
