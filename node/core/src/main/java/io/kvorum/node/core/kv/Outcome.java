package io.kvorum.node.core.kv;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of a command or a read: an answer, or one of the failures that clients expect.
///
/// `revision` is what stands in the answer's header: the store's current revision once the command
/// has been applied.
public sealed interface Outcome {

  /// An answer.
  sealed interface Success extends Outcome {
    long revision();
  }

  /// The answer to one operation of a transaction. Its revision is the header revision of the inner
  /// response: one above the state before the transaction from its first write on.
  sealed interface OperationSuccess extends Success {}

  /// A refusal. Nothing was changed by the command.
  sealed interface Failure extends Outcome {}

  record Ranged(long revision, RangeResult result) implements OperationSuccess {}

  record PutDone(long revision, @Nullable KeyValue previous) implements OperationSuccess {}

  record Deleted(long revision, long count, List<KeyValue> previous) implements OperationSuccess {}

  /// The revision of a nested transaction is 0: etcd leaves its header empty.
  record TxnDone(long revision, boolean succeeded, List<OperationSuccess> responses)
      implements OperationSuccess {

    TxnDone atRevision(long newRevision) {
      return new TxnDone(newRevision, succeeded, responses);
    }
  }

  /// The compact revision is set and will be durable with the batch; removal happens later.
  record Compacted(long revision, long compactRevision) implements Success {}

  record LeaseGranted(long revision, Lease lease) implements Success {}

  /// `keys` is the number of keys that went with the lease.
  record LeaseRevoked(long revision, long id, long keys) implements Success {}

  /// The keys that are attached to a lease.
  record Attached(long revision, List<Bytes> keys) implements Success {}

  /// Leases unknown by now are left out.
  record LeaseCheckpointed(long revision, List<Lease> leases) implements Success {}

  /// The alarms that match a listing, or the one that was raised or cleared.
  record Alarms(long revision, List<Alarm> alarms) implements Success {}

  /// The feature level now in force.
  record FeatureLevelSet(long revision, int level) implements Success {}

  /// A page of history, complete up to and without the place where the next page starts.
  ///
  /// @param nextSub 0 where a revision begins
  record EventPage(long revision, List<Event> events, long nextRevision, int nextSub)
      implements Success {}

  /// A write was done, but what it was to answer takes more memory than there is for it.
  record AnswerLeftOut(long revision) implements Success {}

  /// A checksum over every version of every key that is retained up to `hashedRevision`.
  record Hashed(long revision, long hashedRevision, long compactRevision, int hash)
      implements Success {}

  /// Named records were changed, or the entry held no command at all.
  record Recorded(long revision) implements Success {}

  /// A change of users and roles came about, or was in force already.
  record AccountsChanged(long revision) implements Success {}

  /// A user has a token from now on, known by its digest, which is empty when tokens prove
  /// themselves; `index` is that of the entry.
  record Authenticated(long revision, String user, Bytes tokenDigest, long authRevision, long index)
      implements Success {}

  /// A node of the tree of API v2 was changed, or shown. `index` is that of the tree.
  ///
  /// @param ended the paths of all nodes that are no more
  record V2Done(long revision, long index, V2Event event, List<String> ended) implements Success {}

  /// Nodes of API v2 have come to their end: one `V2Done` for each.
  record V2Expired(long revision, List<V2Done> ended) implements Success {}

  /// The entry lies at or below the applied index: it had its effect before.
  record AlreadyApplied(long revision) implements Success {}

  /// A read below, or a compaction at or below, the compact revision.
  record RevisionCompacted(long compactRevision) implements Failure {}

  /// A read or compaction above the current revision.
  record FutureRevision(long currentRevision) implements Failure {}

  /// Keeping value or lease of a key that does not exist; also an operation that names no kind.
  record KeyNotFound() implements Failure {}

  record LeaseNotFound(long id) implements Failure {}

  record LeaseExists(long id) implements Failure {}

  record LeaseTtlTooLarge(long ttlSeconds) implements Failure {}

  /// A member has raised NO_SPACE.
  record NoSpace() implements Failure {}

  /// A member has raised CORRUPT.
  record Corrupt() implements Failure {}

  record EmptyKey() implements Failure {}

  record ValueProvided() implements Failure {}

  record LeaseProvided() implements Failure {}

  record DuplicateKey() implements Failure {}

  record TooManyOperations(int limit) implements Failure {}

  /// A read whose answer takes more memory than there is for it. Reads only: what a command does
  /// never depends on the memory of a member.
  record AnswerTooLarge() implements Failure {}

  /// The first revision asked for has more changes than a page may hold.
  record RevisionTooWide(long revision) implements Failure {}

  /// Users, roles and permissions do not allow it.
  record Unauthorized(AuthRefusal reason) implements Failure {}

  /// What API v2 asked for cannot be done. `index` is that of the tree.
  ///
  /// @param cause the path or the comparison that stands against it
  record V2Refused(V2Event.Action action, V2Refusal reason, String cause, long index)
      implements Failure {}

  /// The entry needs a feature level that the cluster has not reached.
  record FeatureLevelTooLow(int required, int current) implements Failure {}
}
