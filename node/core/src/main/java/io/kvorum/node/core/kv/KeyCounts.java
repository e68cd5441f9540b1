package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.KvStore.Space;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// How many keys exist, by buckets of neighbouring keys: the exact count of a range costs a walk
/// through at most the two buckets in which it begins and ends, however many keys lie between.
///
/// A bucket reaches from its own boundary up to the next one. Immutable: every view has the counts
/// of its own moment. Each changed bucket is a META row of the batch that changed it, so a start
/// reads the buckets and no keys.
///
/// Invariant: the first boundary is the empty key, and the counts equal what is in LIVE. A bucket
/// holds at most `MAX_BUCKET` keys whenever a batch has been written.
final class KeyCounts {

  /// A walk through a bucket takes a fraction of a millisecond; a million keys are some 1,500
  /// buckets.
  static final int MAX_BUCKET = 1_024;

  /// What a split leaves in each part, and a merge in the whole, so that neither undoes the other.
  private static final int HALF_BUCKET = MAX_BUCKET / 2;

  private static final int SMALL_BUCKET = MAX_BUCKET / 4;

  /// A walk over keys, to count those of a part of a bucket.
  @FunctionalInterface
  interface Counter {
    long count(KeyRange range);
  }

  private final SortedTree<Long> buckets;

  private KeyCounts(SortedTree<Long> buckets) {
    this.buckets = buckets;
  }

  static KeyCounts read(KvStore.Reader reader) {
    SortedTree<Long> buckets = SortedTree.<Long>empty().put(Rows.NOTHING, 0L, 0);
    byte[] from = Rows.meta('n', Rows.NOTHING);
    try (KvStore.Cursor cursor = reader.cursor(Space.META, from, Rows.behindPrefix(from))) {
      while (cursor.next()) {
        long count = new ByteReader(cursor.value()).varint();
        buckets = buckets.put(Rows.metaName(cursor.key()), count, count);
      }
    }
    return new KeyCounts(buckets);
  }

  long total() {
    return buckets.sum();
  }

  /// At least the number of keys in the range, and at most two buckets more.
  long estimate(KeyRange range) {
    if (range.isEmpty()) {
      return 0;
    }
    long below = buckets.sumBelow(floor(range.start()));
    Bytes end = range.end();
    return (end == null ? buckets.sum() : buckets.sumBelow(end.array())) - below;
  }

  /// The number of keys in the range.
  long count(KeyRange range, Counter walk) {
    if (range.isEmpty()) {
      return 0;
    }
    Bytes end = range.end();
    if (end == null) {
      return buckets.sum() - below(range.start(), walk);
    }
    if (Arrays.equals(floor(range.start()), floor(end))) {
      return walk.count(range);
    }
    return below(end, walk) - below(range.start(), walk);
  }

  private long below(Bytes key, Counter walk) {
    byte[] boundary = floor(key);
    long before = buckets.sumBelow(boundary);
    return Arrays.equals(boundary, key.array())
        ? before
        : before + walk.count(new KeyRange(Bytes.wrap(boundary), key));
  }

  private byte[] floor(Bytes key) {
    byte[] boundary = buckets.floorKey(key.array());
    if (boundary == null) {
      throw Invariant.unreachable("the first bucket begins at the empty key");
    }
    return boundary;
  }

  private long countOf(byte[] boundary) {
    Long count = buckets.get(boundary);
    return count == null ? 0 : count;
  }

  private KeyCounts with(byte[] boundary, long count) {
    return new KeyCounts(buckets.put(boundary, count, count));
  }

  private KeyCounts without(byte[] boundary) {
    return new KeyCounts(buckets.remove(boundary));
  }

  /// The changes of one batch.
  static final class Edit {

    private KeyCounts counts;

    /// What is not yet part of `counts`, by boundary: most batches change a bucket many times.
    private final TreeMap<byte[], Long> deltas = new TreeMap<>(Arrays::compareUnsigned);

    /// The buckets whose rows are no longer right.
    private final TreeSet<byte[]> changed = new TreeSet<>(Arrays::compareUnsigned);

    Edit(KeyCounts counts) {
      this.counts = counts;
    }

    void add(Bytes key, long delta) {
      deltas.merge(counts.floor(key), delta, Long::sum);
    }

    KeyCounts counts() {
      for (Map.Entry<byte[], Long> delta : deltas.entrySet()) {
        byte[] boundary = delta.getKey();
        long count = counts.countOf(boundary) + delta.getValue();
        Invariant.check(count >= 0, "no bucket holds less than nothing", count, 0);
        counts = counts.with(boundary, count);
        changed.add(boundary);
      }
      deltas.clear();
      return counts;
    }

    /// Splits and merges what has grown or shrunk out of bounds, and writes what has changed.
    KeyCounts write(KvStore.Batch batch, Keyspace keys) {
      counts();
      for (byte[] boundary : changed.toArray(byte[][]::new)) {
        long count = counts.countOf(boundary);
        if (count > MAX_BUCKET) {
          split(boundary, count, keys);
        } else if (count < SMALL_BUCKET && counts.buckets.get(boundary) != null) {
          maybeMerge(boundary, count);
        }
      }
      for (byte[] boundary : changed) {
        byte[] row = Rows.meta('n', boundary);
        if (counts.buckets.get(boundary) == null) {
          batch.delete(Space.META, row);
        } else {
          var value = new ByteWriter(Integer.BYTES).varint(counts.countOf(boundary));
          batch.put(Space.META, row, value.toArray());
        }
      }
      changed.clear();
      return counts;
    }

    private void split(byte[] boundary, long count, Keyspace keys) {
      byte[] part = boundary;
      long inPart = 0;
      long seen = 0;
      try (KeyWalk walk = keys.walk(bucket(boundary))) {
        while (walk.next()) {
          if (inPart == HALF_BUCKET && count - seen >= SMALL_BUCKET) {
            set(part, inPart);
            part = walk.key().array();
            inPart = 0;
          }
          inPart++;
          seen++;
        }
      }
      set(part, inPart);
      Invariant.check(seen == count, "a bucket's count is that of its keys", seen, count);
    }

    private KeyRange bucket(byte[] boundary) {
      byte[] end = counts.buckets.higherKey(boundary);
      return new KeyRange(Bytes.wrap(boundary), end == null ? null : Bytes.wrap(end));
    }

    private void maybeMerge(byte[] boundary, long count) {
      byte[] next = counts.buckets.higherKey(boundary);
      if (next != null && count + counts.countOf(next) <= HALF_BUCKET) {
        merge(boundary, next);
        return;
      }
      byte[] previous = counts.buckets.lowerKey(boundary);
      if (previous != null && count + counts.countOf(previous) <= HALF_BUCKET) {
        merge(previous, boundary);
      }
    }

    private void merge(byte[] left, byte[] right) {
      set(left, counts.countOf(left) + counts.countOf(right));
      counts = counts.without(right);
      changed.add(right);
    }

    private void set(byte[] boundary, long count) {
      counts = counts.with(boundary, count);
      changed.add(boundary);
    }
  }

  /// Whether another walk finds the same counts; for tests.
  boolean agreesWith(Keyspace keys) {
    byte[] boundary = Rows.NOTHING;
    while (boundary != null) {
      byte[] end = buckets.higherKey(boundary);
      var bucket = new KeyRange(Bytes.wrap(boundary), end == null ? null : Bytes.wrap(end));
      if (KeyWalk.count(keys, bucket) != countOf(boundary)) {
        return false;
      }
      boundary = end;
    }
    return true;
  }

  /// The size of the biggest bucket; for tests.
  long biggest() {
    long biggest = 0;
    SortedTree.Walk<Long> walk = buckets.walk();
    while (walk.next()) {
      biggest = Math.max(biggest, walk.value());
    }
    return biggest;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof KeyCounts counts && rows().equals(counts.rows());
  }

  @Override
  public int hashCode() {
    return rows().hashCode();
  }

  private SortedMap<Bytes, Long> rows() {
    var rows = new TreeMap<Bytes, Long>();
    SortedTree.Walk<Long> walk = buckets.walk();
    while (walk.next()) {
      rows.put(Bytes.wrap(walk.key()), walk.value());
    }
    return rows;
  }
}
