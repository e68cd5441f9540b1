package io.kvorum.node.core.kv;

/// A read of a range of keys, with every option of etcd's Range.
///
/// `revision <= 0` reads the present state; `limit <= 0` is no limit. A bound of the filter that is
/// 0 is unset. Whether the read is linearizable is the caller's affair: a view is what it is.
public record RangeQuery(
    Bytes key,
    Bytes rangeEnd,
    long limit,
    long revision,
    SortOrder order,
    SortTarget target,
    boolean keysOnly,
    boolean countOnly,
    RevisionFilter filter)
    implements Operation {

  public enum SortOrder {
    NONE,
    ASCEND,
    DESCEND
  }

  public enum SortTarget {
    KEY,
    VERSION,
    CREATE,
    MOD,
    VALUE
  }

  /// Inclusive bounds of the revisions of the keys wanted; 0 is unset.
  public record RevisionFilter(long minMod, long maxMod, long minCreate, long maxCreate) {

    public static final RevisionFilter NONE = new RevisionFilter(0, 0, 0, 0);

    /// Whether every key passes.
    public boolean isNone() {
      return equals(NONE);
    }

    boolean passes(KeyValue kv) {
      return (minMod == 0 || kv.modRevision() >= minMod)
          && (maxMod == 0 || kv.modRevision() <= maxMod)
          && (minCreate == 0 || kv.createRevision() >= minCreate)
          && (maxCreate == 0 || kv.createRevision() <= maxCreate);
    }
  }

  /// The present version of one key.
  public static RangeQuery of(Bytes key) {
    return of(key, Bytes.EMPTY);
  }

  /// The present versions of a range in etcd's notation.
  public static RangeQuery of(Bytes key, Bytes rangeEnd) {
    return new RangeQuery(
        key, rangeEnd, 0, 0, SortOrder.NONE, SortTarget.KEY, false, false, RevisionFilter.NONE);
  }

  public RangeQuery withLimit(long newLimit) {
    return new RangeQuery(
        key, rangeEnd, newLimit, revision, order, target, keysOnly, countOnly, filter);
  }

  public RangeQuery withRevision(long newRevision) {
    return new RangeQuery(
        key, rangeEnd, limit, newRevision, order, target, keysOnly, countOnly, filter);
  }

  public RangeQuery withSort(SortOrder newOrder, SortTarget newTarget) {
    return new RangeQuery(
        key, rangeEnd, limit, revision, newOrder, newTarget, keysOnly, countOnly, filter);
  }

  public RangeQuery withKeysOnly() {
    return new RangeQuery(key, rangeEnd, limit, revision, order, target, true, countOnly, filter);
  }

  public RangeQuery withCountOnly() {
    return new RangeQuery(key, rangeEnd, limit, revision, order, target, keysOnly, true, filter);
  }

  public RangeQuery withFilter(RevisionFilter newFilter) {
    return new RangeQuery(
        key, rangeEnd, limit, revision, order, target, keysOnly, countOnly, newFilter);
  }

  public KeyRange range() {
    return KeyRange.of(key, rangeEnd);
  }

  /// Whether the answer comes in key order as it is read, so that a limit ends the walk early.
  boolean endsAtLimit() {
    return limit > 0 && isInKeyOrder() && filter.isNone();
  }

  /// Key order is what a walk yields: no sorting needed.
  boolean isInKeyOrder() {
    return target == SortTarget.KEY && order != SortOrder.DESCEND;
  }
}
