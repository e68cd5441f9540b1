package io.kvorum.node.core.kv;

import java.util.List;
import java.util.Optional;

/// The state behind one applied batch, for any number of readers at once. It never changes; writers
/// go on beside it.
///
/// Readers share it by count: whoever wants to read retains it, reads, and closes it. A view that
/// is closed by all is gone, so `maybeRetain` may say no; the reader then takes the newer one.
public interface View extends AutoCloseable {

  /// Retains the view for one more reader, unless the last one has already closed it.
  boolean maybeRetain();

  @Override
  void close();

  /// The current revision: what stands in the header of answers.
  long revision();

  /// The lowest revision that can be read; -1 before the first compaction.
  long compactRevision();

  long appliedIndex();

  long appliedTerm();

  int featureLevel();

  /// The bytes that the retained keys, values and history take: what the quota is compared with.
  long bytesInUse();

  /// The number of keys that exist.
  long keys();

  /// Answers a range: `Ranged`, `RevisionCompacted` or `FutureRevision`.
  Outcome range(RangeQuery query, PageCounts counts);

  /// Answers a transaction that only reads: `TxnDone`, or the failure of one of its ranges.
  Outcome txn(Command.Txn txn, PageCounts counts);

  /// At most so many rows are looked at to answer; found without reading any. For a caller that
  /// must not block and hands big reads over.
  long maxRowsOf(RangeQuery query);

  long maxRowsOf(Command.Txn txn);

  /// History: `EventPage`, or `RevisionCompacted` when it no longer reaches back that far.
  Outcome events(EventQuery query);

  /// A checksum over the history up to a revision (0: the current one), equal on all members that
  /// have it: `Hashed`, `RevisionCompacted` or `FutureRevision`. Reads everything: slow.
  Outcome hash(long revision);

  Optional<Lease> lease(long id);

  /// All leases, by id.
  List<Lease> leases();

  /// The keys attached to a lease, sorted.
  List<Bytes> leaseKeys(long id);

  /// The alarms that are raised, sorted.
  List<Alarm> alarms();

  Optional<Bytes> record(Bytes name);

  /// The records whose names start so, sorted by name.
  List<NamedRecord> records(Bytes prefix);
}
