package io.kvorum.node.core.raft;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the outside shall do after a step, and in which order.
///
/// 1. Hand all Readies to the log stage in the order of their numbers; it makes `snapshot`, then
///    `hardState` and `entries` durable, those two in one atomic record. `entries` may begin at or
///    below the log's last index: then they replace everything from there on. A `snapshot` replaces
///    the whole log and, before anything later is applied, the state machine's content.
/// 2. Send `messagesNow` at once, without waiting for the log stage.
/// 3. When this Ready and all earlier ones are durable, send `messagesAfterSync` and call
///    [Raft#synced] with the number. One call may cover several Readies: the number of the last. A
///    Ready for which [#awaitsSync] is false needs neither log stage nor call.
/// 4. Apply `committed`, in order, and tell [Raft#applied]. They are durable here already, so the
///    state never runs ahead of the log on the same disk.
///
/// A `snapshot` counts in both orders. Its content becomes the durable state before the log is
/// restarted behind it: a crash in between leaves a state ahead of the log, which the next start
/// mends by restarting the log there ([Restored]); the other way round the state between would be
/// lost. Once installed, its index is told to [Raft#applied] like any other.
///
/// Several Readies may be under way in the log stage at once ([RaftConfig#maxReadiesInFlight]);
/// beyond that a Ready holds nothing to persist until earlier ones are synced.
///
/// @param number counts up from 1
/// @param hardState null if it has not changed in a way that must be kept
/// @param snapshot null if the log goes on from where it is
/// @param readStates answered read index requests
/// @param readsDropped read index requests that will not be answered; ask again with a new context
/// @param leadership null if it has not changed since the last Ready
public record Ready(
    long number,
    @Nullable HardState hardState,
    List<Entry> entries,
    @Nullable Snapshot snapshot,
    List<Envelope> messagesNow,
    List<Envelope> messagesAfterSync,
    List<Entry> committed,
    List<ReadState> readStates,
    List<Long> readsDropped,
    @Nullable Leadership leadership) {

  /// Whether something must be made durable.
  public boolean persists() {
    return hardState != null || !entries.isEmpty() || snapshot != null;
  }

  /// Whether the log stage must see this Ready: it persists something, or has messages that may go
  /// only when all before it is durable.
  public boolean awaitsSync() {
    return persists() || !messagesAfterSync.isEmpty();
  }
}
