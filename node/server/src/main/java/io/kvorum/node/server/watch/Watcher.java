package io.kvorum.node.server.watch;

import io.kvorum.node.core.kv.Event;
import io.kvorum.node.core.kv.KeyRange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One watch of one stream. Belongs to the hub.
///
/// Invariant: every wanted event below `next` has been handed to the stream, and none from `next`
/// on.
final class Watcher {
  private final WatchStream stream;
  private final long id;
  private final Wish wish;
  private long next;
  private Place place = Place.STALLED;
  private long lastSentNanos;
  private @Nullable WideRevision wide;

  /// The events of the batch under way that this watcher wants.
  private List<EventWriter.Written> batch = new ArrayList<>();

  /// What a client asked for.
  ///
  /// @param noPuts leaves out puts
  /// @param noDeletes leaves out deletes
  /// @param previous wants previous versions with the events
  /// @param progress wants to hear the revision now and then while nothing happens
  /// @param fragment large responses may come in pieces
  record Wish(
      KeyRange range,
      boolean noPuts,
      boolean noDeletes,
      boolean previous,
      boolean progress,
      boolean fragment) {
    boolean wants(Event event) {
      return switch (event.kind()) {
        case PUT -> !noPuts;
        case DELETE -> !noDeletes;
      };
    }
  }

  Watcher(WatchStream stream, long id, Wish wish, long next, long nowNanos) {
    this.stream = stream;
    this.id = id;
    this.wish = wish;
    this.next = next;
    this.lastSentNanos = nowNanos;
  }

  WatchStream stream() {
    return stream;
  }

  long id() {
    return id;
  }

  Wish wish() {
    return wish;
  }

  KeyRange range() {
    return wish.range();
  }

  long next() {
    return next;
  }

  /// Never moves back: an event is delivered once.
  void advanceTo(long revision) {
    next = Math.max(next, revision);
  }

  /// Where the watcher gets its next events.
  enum Place {
    /// From each batch as it comes: it stands in the index.
    SYNCED,
    /// From the store, by the next read.
    BEHIND,
    /// From the store, in parts: its next revision has too many for one page.
    WIDE,
    /// From the store, by the read under way.
    READING,
    /// From nowhere: its stream takes no more now.
    STALLED,
    /// It was cancelled, or its stream is gone.
    ENDED
  }

  /// The revision it is at, if that is read in parts.
  @Nullable WideRevision wide() {
    return wide;
  }

  void setWide(@Nullable WideRevision revision) {
    wide = revision;
  }

  Place place() {
    return place;
  }

  boolean isSynced() {
    return place == Place.SYNCED;
  }

  void moveTo(Place now) {
    place = now;
  }

  long lastSentNanos() {
    return lastSentNanos;
  }

  void sent(long nowNanos) {
    lastSentNanos = nowNanos;
  }

  /// Notes an event of the batch if it is wanted; true if it is the first of the batch.
  boolean note(EventWriter.Written written) {
    Event event = written.event();
    if (event.revision() < next || !wish.wants(event)) {
      return false;
    }
    batch.add(written);
    return batch.size() == 1;
  }

  List<EventWriter.Written> takeBatch() {
    List<EventWriter.Written> taken = batch;
    batch = new ArrayList<>();
    return taken;
  }
}
