package io.kvorum.localkube.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// All objects in memory, ordered by key, with one version counter for all of them.
///
/// A write is in the journal before it is visible, and synced before it is acknowledged; syncs of
/// writers that wait at the same time are shared. Recent changes are remembered, so that a watch
/// can resume and a list can be read as it was at an earlier version.
public final class ObjectStore implements AutoCloseable {

  /// Changes remembered: some minutes of a busy operator.
  private static final int MAX_HISTORY = 10_000;

  /// The journal is rewritten when it is this large and mostly outdated.
  private static final long MIN_REWRITE_BYTES = 8L << 20;

  private static final int REWRITE_FACTOR = 4;

  /// Objects at one version.
  public record Listing(long version, List<Stored> items) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final ReentrantLock syncing = new ReentrantLock();
  private final NavigableMap<Key, Stored> objects = new TreeMap<>();
  private final Deque<Change> history = new ArrayDeque<>();
  private final List<Watch> watches = new CopyOnWriteArrayList<>();
  private final Journal journal;
  private long liveBytes;

  /// The version of the latest change.
  private long version;

  /// Changes up to this version are forgotten.
  private long forgotten;

  private volatile long synced;

  public ObjectStore(Path file) {
    journal = Journal.open(file, this::replay);
    journal.rewrite(objects.values(), version);
    liveBytes = journal.size();
    forgotten = version;
    synced = version;
  }

  private void replay(Key key, long at, @Nullable ObjectNode object) {
    if (object == null) {
      objects.remove(key);
    } else {
      objects.put(key, new Stored(key, at, object));
    }
    version = Math.max(version, at);
  }

  public long version() {
    lock.lock();
    try {
      return version;
    } finally {
      lock.unlock();
    }
  }

  public Optional<Stored> get(Key key) {
    lock.lock();
    try {
      return Optional.ofNullable(objects.get(key));
    } finally {
      lock.unlock();
    }
  }

  /// All objects of a resource, in one namespace or ("") in all of them.
  public Listing list(String resource, String namespace) {
    lock.lock();
    try {
      return new Listing(version, List.copyOf(range(objects, resource, namespace)));
    } finally {
      lock.unlock();
    }
  }

  /// As `list`, as it was at an earlier version; empty when that is forgotten.
  public Optional<Listing> listAt(String resource, String namespace, long earlier) {
    lock.lock();
    try {
      if (earlier < forgotten) {
        return Optional.empty();
      }
      NavigableMap<Key, Stored> then = new TreeMap<>();
      range(objects, resource, namespace).forEach(each -> then.put(each.key(), each));
      for (Iterator<Change> i = history.descendingIterator(); i.hasNext(); ) {
        Change change = i.next();
        if (change.version() <= earlier) {
          break;
        }
        undo(then, change);
      }
      return Optional.of(new Listing(earlier, List.copyOf(range(then, resource, namespace))));
    } finally {
      lock.unlock();
    }
  }

  private static void undo(NavigableMap<Key, Stored> objects, Change change) {
    if (change.before() == null) {
      objects.remove(change.key());
    } else {
      objects.put(change.key(), change.before());
    }
  }

  private static Collection<Stored> range(
      NavigableMap<Key, Stored> objects, String resource, String namespace) {
    Key from = new Key(resource, namespace, "");
    Key to =
        namespace.isEmpty()
            ? new Key(resource + "\0", "", "")
            : new Key(resource, namespace + "\0", "");
    return objects.subMap(from, true, to, false).values();
  }

  /// Adds an object. The object becomes the store's: its resourceVersion is set here.
  public Outcome create(Key key, ObjectNode object) {
    return write(key, 0, object);
  }

  /// Replaces an object that still has the expected version.
  public Outcome replace(Key key, long expected, ObjectNode object) {
    return write(key, expected, object);
  }

  /// Removes an object that still has the expected version; the outcome holds its last state.
  public Outcome delete(Key key, long expected) {
    return write(key, expected, null);
  }

  private Outcome write(Key key, long expected, @Nullable ObjectNode object) {
    Stored shown;
    lock.lock();
    try {
      Stored before = objects.get(key);
      if ((before == null ? 0 : before.version()) != expected) {
        return new Outcome.Stale();
      }
      shown = commit(key, before, object);
    } finally {
      lock.unlock();
    }
    sync(shown.version());
    return new Outcome.Done(shown);
  }

  private Stored commit(Key key, @Nullable Stored before, @Nullable ObjectNode object) {
    long next = version + 1;
    Stored shown = stamped(key, next, object, before);
    journal.append(key, next, object);
    version = next;
    if (object == null) {
      objects.remove(key);
    } else {
      objects.put(key, shown);
    }
    publish(new Change(next, before, object == null ? null : shown));
    maybeRewrite();
    return shown;
  }

  /// The state after the write; of a deleted object its last state at the version of its end.
  private static Stored stamped(
      Key key, long next, @Nullable ObjectNode object, @Nullable Stored before) {
    ObjectNode state = object;
    if (state == null) {
      state = before == null ? Json.object() : before.object().deepCopy();
    }
    Json.with(state, "metadata").put("resourceVersion", Long.toString(next));
    return new Stored(key, next, state);
  }

  private void publish(Change change) {
    history.addLast(change);
    if (history.size() > MAX_HISTORY) {
      forgotten = history.removeFirst().version();
    }
    for (Watch watch : watches) {
      watch.offer(change);
    }
  }

  private void maybeRewrite() {
    if (journal.size() > MIN_REWRITE_BYTES && journal.size() > REWRITE_FACTOR * liveBytes) {
      journal.rewrite(objects.values(), version);
      liveBytes = journal.size();
    }
  }

  /// Whoever gets the lock syncs for all who wait behind.
  private void sync(long wanted) {
    if (synced >= wanted) {
      return;
    }
    syncing.lock();
    try {
      if (synced < wanted) {
        long covered = version();
        journal.sync();
        synced = covered;
      }
    } finally {
      syncing.unlock();
    }
  }

  /// Changes of the keys that pass the filter, after the given version; empty when some of them are
  /// forgotten. Version 0 means from now on.
  public Optional<Watch> watch(Predicate<Key> filter, long after) {
    lock.lock();
    try {
      if (after != 0 && after < forgotten) {
        return Optional.empty();
      }
      var watch = new Watch(this, filter);
      if (after != 0) {
        for (Change change : new ArrayList<>(history)) {
          if (change.version() > after) {
            watch.offer(change);
          }
        }
      }
      watches.add(watch);
      return Optional.of(watch);
    } finally {
      lock.unlock();
    }
  }

  void unwatch(Watch watch) {
    watches.remove(watch);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      journal.close();
    } finally {
      lock.unlock();
    }
  }
}
