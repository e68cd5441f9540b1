package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.store.Change;
import io.kvorum.localkube.store.Stored;
import io.kvorum.localkube.store.Watch;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The changes of the objects that a request selects, as Kubernetes' watch events.
///
/// An object that starts to fit the selector is ADDED, one that no longer does is DELETED.
public final class ObjectWatch implements AutoCloseable {

  /// One watch event.
  ///
  /// @param type ADDED, MODIFIED or DELETED
  public record Event(String type, ObjectNode object, long version) {}

  private final Watch watch;
  private final ResourceType type;
  private final Selector selector;
  private final Deque<Event> first = new ArrayDeque<>();
  private long seen;

  ObjectWatch(Watch watch, ResourceType type, Selector selector, List<Stored> present, long seen) {
    this.watch = watch;
    this.type = type;
    this.selector = selector;
    this.seen = seen;
    present.forEach(each ->
        first.add(new Event("ADDED", Conversion.show(each.object(), type), each.version())));
  }

  /// The next event, or null when there was none in time.
  public @Nullable Event poll(long timeoutMillis) throws InterruptedException {
    Event initial = first.poll();
    if (initial != null) {
      return initial;
    }
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (true) {
      Change change = watch.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (change == null) {
        return null;
      }
      seen = change.version();
      Event event = event(change);
      if (event != null) {
        return event;
      }
    }
  }

  /// The version up to which this watch has told everything; a bookmark.
  public long seen() {
    return seen;
  }

  /// True when events were lost: the client must list again.
  public boolean overrun() {
    return watch.overrun();
  }

  @Override
  public void close() {
    watch.close();
  }

  private @Nullable Event event(Change change) {
    Stored before = fitting(change.before());
    Stored after = fitting(change.after());
    if (after != null) {
      return new Event(before == null ? "ADDED" : "MODIFIED", show(after), change.version());
    }
    if (before == null) {
      return null;
    }
    ObjectNode last = show(change.after() == null ? before : change.after()).deepCopy();
    Json.with(last, "metadata").put("resourceVersion", Long.toString(change.version()));
    return new Event("DELETED", last, change.version());
  }

  private ObjectNode show(Stored stored) {
    return Conversion.show(stored.object(), type);
  }

  private @Nullable Stored fitting(@Nullable Stored stored) {
    return stored != null && selector.selects(show(stored)) ? stored : null;
  }
}
