package io.kvorum.node.server.watch;

import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.KeyRange;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// The watchers that get events as they happen: those of one key by that key, those of ranges by
/// what the ranges hold.
final class WatcherIndex {
  private final Map<Bytes, Set<Watcher>> byKey = new HashMap<>();
  private final IntervalIndex<Watcher> byRange = new IntervalIndex<>();

  void add(Watcher watcher) {
    KeyRange range = watcher.range();
    if (range.isSingle()) {
      byKey.computeIfAbsent(range.start(), _ -> new LinkedHashSet<>()).add(watcher);
    } else {
      byRange.add(range, watcher);
    }
  }

  void remove(Watcher watcher) {
    KeyRange range = watcher.range();
    if (range.isSingle()) {
      byKey.computeIfPresent(
          range.start(),
          (_, watchers) -> {
            watchers.remove(watcher);
            return watchers.isEmpty() ? null : watchers;
          });
    } else {
      byRange.remove(range, watcher);
    }
  }

  void forEachOf(Bytes key, Consumer<Watcher> found) {
    Set<Watcher> exact = byKey.get(key);
    if (exact != null) {
      exact.forEach(found);
    }
    byRange.forEachOf(key, found);
  }
}
