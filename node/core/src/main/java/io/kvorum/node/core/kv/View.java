package io.kvorum.node.core.kv;

import io.kvorum.node.core.kv.KvStore.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The state behind one applied batch, for any number of readers at once. It never changes; writers
/// go on beside it.
///
/// Readers share it by count: whoever wants to read retains it, reads, and closes it. A view that
/// is closed by all is gone, so `maybeRetain` may say no; the reader then takes the newer one.
public final class View implements AutoCloseable {

  /// A store without a single key still has rows of its own.
  private static final long BASE_BYTES = 4_096;

  private final KvStore.Snapshot snapshot;
  private final State state;
  private final Facts facts;
  private final PresentKeys present;
  private final long bytesRemoved;

  View(KvStore.Snapshot snapshot, State state, Facts facts, KeyCounts counts) {
    this.snapshot = snapshot;
    this.state = state;
    this.facts = facts;
    present = new PresentKeys(snapshot, counts);
    bytesRemoved = Removal.read(snapshot).bytes();
  }

  /// What stands in memory.
  record Facts(List<Alarm> alarms, Accounts accounts) {}

  /// Retains the view for one more reader, unless the last one has already closed it.
  public boolean maybeRetain() {
    return snapshot.maybeRetain();
  }

  @Override
  public void close() {
    snapshot.close();
  }

  /// The current revision: what stands in the header of answers.
  public long revision() {
    return state.revision();
  }

  /// The lowest revision that can be read; -1 before the first compaction.
  public long compactRevision() {
    return state.compactRevision();
  }

  public long appliedIndex() {
    return state.appliedIndex();
  }

  public long appliedTerm() {
    return state.appliedTerm();
  }

  public int featureLevel() {
    return state.featureLevel();
  }

  /// The bytes that the retained keys, values and history take: what the quota is compared with.
  public long bytesInUse() {
    return BASE_BYTES + state.bytesAdded() - bytesRemoved;
  }

  /// The number of keys that exist.
  public long keys() {
    return present.counts().total();
  }

  /// Answers a range however large: `Ranged`, `RevisionCompacted` or `FutureRevision`.
  public Outcome range(RangeQuery query, PageCounts counts) {
    return range(query, counts, AnswerRoom.ENDLESS);
  }

  /// Answers a range: as above, or `AnswerTooLarge`.
  public Outcome range(RangeQuery query, PageCounts counts, AnswerRoom room) {
    Outcome.Failure refusal = readable().refusal(query.revision());
    if (refusal != null) {
      return refusal;
    }
    Outcome.Ranged ranged = maybeRanged(query, counts, room);
    return ranged == null ? new Outcome.AnswerTooLarge() : ranged;
  }

  /// Null if there is no room for the answer.
  Outcome.@Nullable Ranged maybeRanged(RangeQuery query, PageCounts counts, AnswerRoom room) {
    boolean isPast = query.revision() > 0 && query.revision() < revision();
    Keyspace keys = isPast ? past(query.revision()) : present;
    long read = isPast ? query.revision() : revision();
    RangeResult result = RangeRead.answer(keys, query, read, counts, room);
    return result == null ? null : new Outcome.Ranged(revision(), result);
  }

  /// Answers a transaction that only reads: `TxnDone`, the failure of one of its ranges, or
  /// `AnswerTooLarge`.
  public Outcome txn(Command.Txn txn, PageCounts counts, AnswerRoom room) {
    return new TxnRead(this, counts, room).answer(txn);
  }

  /// About so many rows are looked at to answer; found without reading any. For a caller that must
  /// not block and hands big reads over.
  public long maxRowsOf(RangeQuery query) {
    KeyRange range = query.range();
    if (range.isEmpty() || query.rangeEnd().isEmpty()) {
      return 1;
    }
    long inRange = present.counts().estimate(range);
    if (!query.countOnly() && !query.endsAtLimit()) {
      return inRange;
    }
    long shown = query.countOnly() ? 0 : Math.min(query.limit(), inRange);
    return shown + estimateCount(query, inRange);
  }

  /// A count walks parts of two buckets; at an earlier revision also what has changed since.
  private long estimateCount(RangeQuery query, long inRange) {
    long parts = Math.min(2 * KeyCounts.MAX_BUCKET, inRange);
    boolean isPast = query.revision() > 0 && query.revision() < revision();
    return isPast ? parts + Math.min(inRange, revision() - query.revision()) : parts;
  }

  public long maxRowsOf(Command.Txn txn) {
    long rows = 0;
    for (Compare compare : txn.compares()) {
      rows += compare.rangeEnd().isEmpty() ? 1 : present.counts().estimate(compare.range());
    }
    return rows + Math.max(maxRowsOf(txn.success()), maxRowsOf(txn.failure()));
  }

  private long maxRowsOf(List<Operation> operations) {
    long rows = 0;
    for (Operation operation : operations) {
      rows +=
          switch (operation) {
            case RangeQuery range -> maxRowsOf(range);
            case Command.Put _ -> 1;
            case Command.DeleteRange delete -> present.counts().estimate(delete.range());
            case Command.Txn nested -> maxRowsOf(nested);
          };
    }
    return rows;
  }

  /// History: `EventPage`, `RevisionCompacted` when it no longer reaches back that far, or
  /// `RevisionTooWide`.
  public Outcome events(EventQuery query) {
    return query.fromRevision() < compactRevision()
        ? new Outcome.RevisionCompacted(compactRevision())
        : new EventRead(this, query).page();
  }

  /// Everything that is retained, in the order of history; to be closed before the view.
  public HistoryWalk history() {
    return new HistoryWalk(snapshot);
  }

  /// The same changes in the order of their keys, without the keys' and values' bytes; to be closed
  /// before the view.
  public ChangeSizes changeSizes() {
    return new ChangeSizes(snapshot);
  }

  /// The compact revision up to which obsolete versions are gone from what is retained.
  public long removedUpTo() {
    return Removal.read(snapshot).finished();
  }

  /// A checksum over the history up to a revision (0: the current one), equal on all members that
  /// have it: `Hashed`, `RevisionCompacted` or `FutureRevision`. Reads everything: slow.
  public Outcome hash(long revision) {
    Outcome.Failure refusal = readable().refusal(revision);
    if (refusal != null) {
      return refusal;
    }
    long upTo = revision <= 0 ? revision() : revision;
    int hash = HistoryHash.of(this, upTo);
    return new Outcome.Hashed(revision(), upTo, compactRevision(), hash);
  }

  public Optional<Lease> lease(long id) {
    byte[] key = Rows.leaseKey(id);
    return Optional.ofNullable(snapshot.get(Space.LEASE, key)).map(row -> Rows.lease(key, row));
  }

  /// All leases, by id.
  public List<Lease> leases() {
    return MetaRows.leases(snapshot);
  }

  /// The keys attached to a lease, sorted: `Attached`, or `AnswerTooLarge`.
  public Outcome attached(long lease, AnswerRoom room) {
    var keys = new ArrayList<Bytes>();
    boolean all =
        allAttached(
            lease,
            key -> keys.add(key) && room.maybeTake(AnswerRoom.OVERHEAD_BYTES + key.length()));
    return all ? new Outcome.Attached(revision(), keys) : new Outcome.AnswerTooLarge();
  }

  /// Whether all keys attached to a lease are such.
  public boolean allAttached(long lease, Predicate<Bytes> such) {
    return MetaRows.allAttached(snapshot, lease, such);
  }

  /// The alarms that are raised, sorted.
  public List<Alarm> alarms() {
    return facts.alarms();
  }

  /// The users and roles, and whether they are in force.
  public Accounts accounts() {
    return facts.accounts();
  }

  public Optional<Bytes> record(Bytes name) {
    byte[] row = Rows.meta('r', name.array());
    return Optional.ofNullable(snapshot.get(Space.META, row)).map(Bytes::wrap);
  }

  /// The records whose names start so, sorted by name.
  public List<NamedRecord> records(Bytes prefix) {
    return MetaRows.records(snapshot, prefix);
  }

  /// The tree of API v2.
  public V2View v2() {
    return new V2View(snapshot);
  }

  KvStore.Reader reader() {
    return snapshot;
  }

  PresentKeys present() {
    return present;
  }

  PastKeys past(long revision) {
    return new PastKeys(present, revision, revision());
  }

  ReadableRevisions readable() {
    return new ReadableRevisions(compactRevision(), revision());
  }
}
