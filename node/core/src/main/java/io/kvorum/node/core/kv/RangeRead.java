package io.kvorum.node.core.kv;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers range queries from a keyspace: count, filter, order, limit, in this sense and order.
///
/// No more is held in memory than what the answer shows: what a filter leaves out is passed over,
/// and of a sorted range with a limit only as many keys are kept.
final class RangeRead {

  private final Keyspace keys;
  private final RangeQuery query;
  private final AnswerRoom room;

  private RangeRead(Keyspace keys, RangeQuery query, AnswerRoom room) {
    this.keys = keys;
    this.query = query;
    this.room = room;
  }

  /// Answers from the keys at the revision; null if there is no room for the answer. Counts of
  /// pages are looked up and remembered only when the revision is one that never changes any more,
  /// not in the middle of a transaction.
  static @Nullable RangeResult answer(
      Keyspace keys,
      RangeQuery query,
      long revision,
      @Nullable PageCounts counts,
      AnswerRoom room) {
    if (query.range().isEmpty()) {
      return new RangeResult(List.of(), false, 0);
    }
    if (!query.rangeEnd().isEmpty() && query.countOnly()) {
      return new RangeResult(List.of(), false, count(keys, query, revision, counts));
    }
    var read = new RangeRead(keys, query, room);
    if (query.rangeEnd().isEmpty()) {
      return read.single();
    }
    return query.endsAtLimit() ? read.page(revision, counts) : read.whole();
  }

  private @Nullable RangeResult single() {
    Stored stored = keys.get(query.key());
    if (stored == null) {
      return new RangeResult(List.of(), false, 0);
    }
    KeyValue kv = stored.of(query.key());
    if (query.countOnly() || !query.filter().passes(kv)) {
      return new RangeResult(List.of(), false, 1);
    }
    KeyValue shown = shape(kv);
    return room.maybeTake(shown) ? new RangeResult(List.of(shown), false, 1) : null;
  }

  /// Walks no further than the limit; the count comes from elsewhere.
  private @Nullable RangeResult page(long revision, @Nullable PageCounts counts) {
    var kvs = new ArrayList<KeyValue>();
    boolean more = false;
    Bytes last = query.key();
    try (KeyWalk walk = keys.walk(query.range())) {
      while (walk.next()) {
        if (kvs.size() == query.limit()) {
          more = true;
          break;
        }
        last = walk.key();
        KeyValue shown = shape(walk.stored().of(last));
        if (!room.maybeTake(shown)) {
          return null;
        }
        kvs.add(shown);
      }
    }
    if (!more) {
      return new RangeResult(kvs, false, kvs.size());
    }
    long count = count(keys, query, revision, counts);
    if (counts != null) {
      counts.remember(revision, last.next(), query.rangeEnd(), count - kvs.size());
    }
    return new RangeResult(kvs, true, count);
  }

  private static long count(
      Keyspace keys, RangeQuery query, long revision, @Nullable PageCounts counts) {
    long known = counts == null ? -1 : counts.find(revision, query.key(), query.rangeEnd());
    return known >= 0 ? known : keys.count(query.range());
  }

  /// Walks the whole range, because what comes first is known only at its end.
  private @Nullable RangeResult whole() {
    var first = new FirstKeys(query);
    long count = 0;
    long passed = 0;
    try (KeyWalk walk = keys.walk(query.range())) {
      while (walk.next()) {
        count++;
        KeyValue kv = walk.stored().of(walk.key());
        if (query.filter().passes(kv)) {
          passed++;
          if (!first.maybeAdd(kv, room)) {
            return null;
          }
        }
      }
    }
    boolean more = query.limit() > 0 && passed > query.limit();
    return new RangeResult(first.inOrder().stream().map(this::shape).toList(), more, count);
  }

  private KeyValue shape(KeyValue kv) {
    return query.keysOnly() ? kv.withoutValue() : kv;
  }
}
