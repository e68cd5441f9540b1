package io.kvorum.node.core.kv;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers range queries from a keyspace: count, filter, order, limit, in this sense and order.
final class RangeRead {

  private RangeRead() {}

  /// Answers from the keys at the revision. Counts of pages are looked up and remembered only when
  /// the revision is one that never changes any more, not in the middle of a transaction.
  static RangeResult answer(
      Keyspace keys, RangeQuery query, long revision, @Nullable PageCounts counts) {
    KeyRange range = query.range();
    if (range.isEmpty()) {
      return new RangeResult(List.of(), false, 0);
    }
    if (query.rangeEnd().isEmpty()) {
      return single(keys, query);
    }
    if (query.countOnly()) {
      return new RangeResult(List.of(), false, count(keys, query, revision, counts));
    }
    return query.endsAtLimit() ? page(keys, query, revision, counts) : whole(keys, query, range);
  }

  private static RangeResult single(Keyspace keys, RangeQuery query) {
    Stored stored = keys.get(query.key());
    if (stored == null) {
      return new RangeResult(List.of(), false, 0);
    }
    KeyValue kv = stored.of(query.key());
    boolean shown = !query.countOnly() && query.filter().passes(kv);
    return new RangeResult(shown ? List.of(shape(kv, query)) : List.of(), false, 1);
  }

  /// Walks no further than the limit; the count comes from elsewhere.
  private static RangeResult page(
      Keyspace keys, RangeQuery query, long revision, @Nullable PageCounts counts) {
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
        kvs.add(shape(walk.stored().of(last), query));
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
  private static RangeResult whole(Keyspace keys, RangeQuery query, KeyRange range) {
    List<KeyValue> kvs = new ArrayList<>();
    long count = 0;
    try (KeyWalk walk = keys.walk(range)) {
      while (walk.next()) {
        count++;
        KeyValue kv = walk.stored().of(walk.key());
        if (query.filter().passes(kv)) {
          kvs.add(kv);
        }
      }
    }
    sort(kvs, query);
    boolean more = query.limit() > 0 && kvs.size() > query.limit();
    if (more) {
      kvs = kvs.subList(0, (int) query.limit());
    }
    return new RangeResult(kvs.stream().map(kv -> shape(kv, query)).toList(), more, count);
  }

  private static void sort(List<KeyValue> kvs, RangeQuery query) {
    if (query.isInKeyOrder()) {
      return;
    }
    Comparator<KeyValue> ascending =
        switch (query.target()) {
          case KEY -> Comparator.comparing(KeyValue::key);
          case VERSION -> Comparator.comparingLong(KeyValue::version);
          case CREATE -> Comparator.comparingLong(KeyValue::createRevision);
          case MOD -> Comparator.comparingLong(KeyValue::modRevision);
          case VALUE -> Comparator.comparing(KeyValue::value);
        };
    kvs.sort(
        switch (query.order()) {
          case NONE, ASCEND -> ascending;
          case DESCEND -> ascending.reversed();
        });
  }

  private static KeyValue shape(KeyValue kv, RangeQuery query) {
    return query.keysOnly() ? kv.withoutValue() : kv;
  }
}
