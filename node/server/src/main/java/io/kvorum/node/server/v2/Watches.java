package io.kvorum.node.server.v2;

import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.V2Event;
import io.kvorum.node.core.kv.V2View;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.stage.StateObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/// Who waits for changes of the tree. Told by the apply stage, asked by connections; its own lock
/// is held for as long as a look at the waiting paths takes.
final class Watches implements StateObserver {

  private final Backend backend;
  private final Counts counts;
  private final Map<String, List<Watch>> byPath = new HashMap<>();

  Watches(Backend backend, Counts counts) {
    this.backend = backend;
    this.counts = counts;
  }

  /// One that waits. `seen` must not block.
  interface Client {
    /// A change that the watch is for; called in the order of changes.
    void seen(V2Event event);

    /// The tree was replaced by a newer one, and what lies between is not known.
    void lost();
  }

  /// A path under watch.
  ///
  /// @param from the index of the first change that counts
  record Watch(String path, boolean recursive, boolean stream, long from, Client client) {}

  /// What there is to say at once.
  sealed interface Begun {

    /// There will be something.
    ///
    /// @param index that of the tree
    record Waiting(long index) implements Begun {}

    /// A change of the past was it.
    record Found(long index, V2Event event) implements Begun {}

    /// The past is no longer known.
    record Cleared(V2Error error) implements Begun {}
  }

  /// Begins to wait from an index on, or finds that the wait is over.
  ///
  /// The view is taken under the lock: it holds every change that was told before, so nothing falls
  /// between what is looked up and what will be told.
  synchronized Begun begin(Watch watch) {
    try (View view = backend.retainView()) {
      return begin(watch, view);
    }
  }

  private Begun begin(Watch watch, View view) {
    V2View tree = view.v2();
    long index = tree.index();
    long from = watch.from() == 0 ? index + 1 : watch.from();
    long oldest = tree.oldestEvent();
    if (Long.compareUnsigned(from, oldest) < 0) {
      return new Begun.Cleared(V2Error.historyCleared(oldest, from, index));
    }
    if (from >= 0 && from <= index) {
      V2Event found = tree.firstEvent(from, event -> isPastOf(watch, event));
      if (found != null) {
        return new Begun.Found(index, found);
      }
    }
    long next = from >= 0 && from <= index ? index + 1 : from;
    var waiting = new Watch(watch.path(), watch.recursive(), watch.stream(), next, watch.client());
    byPath.computeIfAbsent(watch.path(), _ -> new ArrayList<>()).add(waiting);
    counts.watchers.increment();
    return new Begun.Waiting(index);
  }

  /// The client has left.
  synchronized void end(String path, Client client) {
    List<Watch> watches = byPath.get(path);
    if (watches != null && watches.removeIf(watch -> watch.client().equals(client))) {
      counts.watchers.decrement();
      if (watches.isEmpty()) {
        byPath.remove(path);
      }
    }
  }

  private static boolean isPastOf(Watch watch, V2Event event) {
    if (event.silent()) {
      return false;
    }
    String key = event.node().path();
    return key.equals(watch.path())
        || (watch.recursive() && isBelow(key, watch.path()))
        || (event.endsDirectory() && isBelow(watch.path(), key));
  }

  private static boolean isBelow(String path, String directory) {
    return directory.equals("/") || path.startsWith(directory + "/");
  }

  @Override
  public void applied(Applied applied) {
    for (Outcome outcome : applied.outcomes()) {
      switch (outcome) {
        case Outcome.V2Done done -> {
          counts.done(done.event().action());
          notify(done);
        }
        case Outcome.V2Expired(_, List<Outcome.V2Done> ended) -> {
          for (Outcome.V2Done done : ended) {
            counts.done(V2Event.Action.EXPIRE);
            notify(done);
          }
        }
        case Outcome.V2Refused refused -> counts.refused(refused.action());
        default -> {}
      }
    }
  }

  @Override
  public synchronized void restored(View view) {
    List<Watch> lost = byPath.values().stream().flatMap(List::stream).toList();
    byPath.clear();
    lost.forEach(watch -> {
      counts.watchers.decrement();
      watch.client().lost();
    });
  }

  private synchronized void notify(Outcome.V2Done done) {
    V2Event event = done.event();
    if (event.silent() || byPath.isEmpty()) {
      return;
    }
    String key = event.node().path();
    SequencedSet<String> paths = new LinkedHashSet<>(done.ended());
    paths.add(key);
    for (String path : paths) {
      notify(path, event, true);
    }
    int slash = key.lastIndexOf('/');
    while (slash >= 0 && !key.equals("/")) {
      String ancestor = slash == 0 ? "/" : key.substring(0, slash);
      if (!isHidden(key, slash)) {
        notify(ancestor, event, false);
      }
      slash = slash == 0 ? -1 : key.lastIndexOf('/', slash - 1);
    }
  }

  /// Whether what lies behind the slash hides from those who watch above it.
  private static boolean isHidden(String key, int slash) {
    return key.indexOf("/_", slash) >= 0;
  }

  /// @param direct the node itself changed or ended, so watches of it alone count too
  private void notify(String path, V2Event event, boolean direct) {
    List<Watch> watches = byPath.get(path);
    if (watches == null) {
      return;
    }
    watches.removeIf(watch -> {
      boolean wanted =
          (direct || watch.recursive()) && Long.compareUnsigned(event.index(), watch.from()) >= 0;
      if (wanted) {
        watch.client().seen(event);
      }
      boolean over = wanted && !watch.stream();
      if (over) {
        counts.watchers.decrement();
      }
      return over;
    });
    if (watches.isEmpty()) {
      byPath.remove(path);
    }
  }
}
