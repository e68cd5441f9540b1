package io.kvorum.node.core.kv;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// The keys that come first in a query's order, as many as its limit allows, picked out of all that
/// a walk finds. Keys that its sorting takes for equal stay in key order.
final class FirstKeys {

  /// A key as the walk found it; `place` counts the keys before it.
  private record Found(KeyValue kv, long place) {}

  private final RangeQuery query;
  private final Comparator<Found> order;

  /// Unlimited: all of them, as they came.
  private final List<Found> all = new ArrayList<>();

  /// Limited: what comes last in front, to be given up for what comes before it.
  private final PriorityQueue<Found> first;

  private long places;

  FirstKeys(RangeQuery query) {
    this.query = query;
    order = order(query);
    first = new PriorityQueue<>(order.reversed());
  }

  private static Comparator<Found> order(RangeQuery query) {
    Comparator<Found> byPlace = Comparator.comparingLong(Found::place);
    if (query.isInKeyOrder()) {
      return byPlace;
    }
    Comparator<KeyValue> ascending =
        switch (query.target()) {
          case KEY -> Comparator.comparing(KeyValue::key);
          case VERSION -> Comparator.comparingLong(KeyValue::version);
          case CREATE -> Comparator.comparingLong(KeyValue::createRevision);
          case MOD -> Comparator.comparingLong(KeyValue::modRevision);
          case VALUE -> Comparator.comparing(KeyValue::value);
        };
    Comparator<KeyValue> wanted =
        switch (query.order()) {
          case NONE, ASCEND -> ascending;
          case DESCEND -> ascending.reversed();
        };
    return Comparator.comparing(Found::kv, wanted).thenComparing(byPlace);
  }

  /// Takes note of the next key of the walk; false if there is no room for it.
  ///
  /// A key that another one gives way to takes no room of its own, so with a limit the room taken
  /// is about that of the answer.
  boolean maybeAdd(KeyValue kv, AnswerRoom room) {
    var found = new Found(kept(kv), places++);
    if (query.limit() <= 0) {
      all.add(found);
      return room.maybeTake(found.kv());
    }
    if (first.size() < query.limit()) {
      first.add(found);
      return room.maybeTake(found.kv());
    }
    Found last = first.element();
    if (order.compare(found, last) >= 0) {
      return true;
    }
    first.remove();
    first.add(found);
    long more = (long) found.kv().value().length() - last.kv().value().length();
    return more <= 0 || room.maybeTake(more);
  }

  /// Values that are neither shown nor compared are not kept.
  private KeyValue kept(KeyValue kv) {
    boolean compared = query.target() == RangeQuery.SortTarget.VALUE;
    return query.keysOnly() && !compared ? kv.withoutValue() : kv;
  }

  List<KeyValue> inOrder() {
    List<Found> found = query.limit() <= 0 ? all : new ArrayList<>(first);
    if (query.limit() > 0 || !query.isInKeyOrder()) {
      found.sort(order);
    }
    return found.stream().map(Found::kv).toList();
  }
}
