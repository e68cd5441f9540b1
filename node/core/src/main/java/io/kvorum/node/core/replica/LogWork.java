package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.Snapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the log stage does, in order.
public sealed interface LogWork {
  /// Makes a Ready durable, then tells [Replica#synced] its number.
  ///
  /// @param snapshot if not null the log begins anew behind it, once the apply stage has restored
  ///   it: a member that dies between finds its state ahead of its log, and that is well-defined
  record Persist(
      long number, @Nullable Snapshot snapshot, @Nullable HardState hardState, List<Entry> entries)
      implements LogWork {}

  /// Forgets the entries up to an index.
  record Cut(long index) implements LogWork {}
}
