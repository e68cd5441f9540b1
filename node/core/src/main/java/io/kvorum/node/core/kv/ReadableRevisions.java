package io.kvorum.node.core.kv;

import org.jspecify.annotations.Nullable;

/// Which revisions a read may ask for.
///
/// The compact revision is the replicated one: members remove old versions at different times, but
/// refuse the same reads.
record ReadableRevisions(long compactRevision, long currentRevision) {

  /// Why the revision cannot be read; null if it can. 0 and below stand for the current one.
  Outcome.@Nullable Failure refusal(long revision) {
    return revision <= 0 ? null : outOfBounds(revision);
  }

  /// As [#refusal], for a read within a transaction, where etcd takes no negative number for the
  /// current revision.
  Outcome.@Nullable Failure refusalInTxn(long revision) {
    return revision == 0 ? null : outOfBounds(revision);
  }

  private Outcome.@Nullable Failure outOfBounds(long revision) {
    if (revision > currentRevision) {
      return new Outcome.FutureRevision(currentRevision);
    }
    return revision < compactRevision ? new Outcome.RevisionCompacted(compactRevision) : null;
  }
}
