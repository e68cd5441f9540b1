package io.kvorum.node.server.watch;

import io.kvorum.node.core.kv.Event;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;

/// The events of the last batches: bridges the gap between what a watcher has read from the store
/// and what has been handed out since that read began.
final class RecentEvents {
  /// At a full load of small writes this is several read times; beyond, the store is read again.
  private static final int MAX_EVENTS = 16_384;

  private static final long MAX_BYTES = 16 << 20;

  private final ArrayDeque<Batch> batches = new ArrayDeque<>();
  private int events;
  private long bytes;

  /// The revision before the first event held. Invariant: every event above it, up to the last
  /// batch's revision, is held.
  private long floor;

  /// The events of one applied batch.
  ///
  /// @param revision of the state behind it
  /// @param bytes about what the events hold
  record Batch(List<Event> events, long revision, long bytes) {}

  RecentEvents(long revision) {
    this.floor = revision;
  }

  void add(Batch batch) {
    batches.addLast(batch);
    events += batch.events().size();
    bytes += batch.bytes();
    while (events > MAX_EVENTS || bytes > MAX_BYTES) {
      Batch oldest = batches.removeFirst();
      events -= oldest.events().size();
      bytes -= oldest.bytes();
      floor = oldest.revision();
    }
  }

  /// Forgets everything up to a revision that the state jumped to.
  void restart(long revision) {
    batches.clear();
    events = 0;
    bytes = 0;
    floor = revision;
  }

  /// Whether every event from the revision on is here.
  boolean reachesBackTo(long revision) {
    return revision > floor;
  }

  void forEachFrom(long revision, Consumer<Event> found) {
    for (Batch batch : batches) {
      if (batch.revision() >= revision) {
        for (Event event : batch.events()) {
          if (event.revision() >= revision) {
            found.accept(event);
          }
        }
      }
    }
  }
}
