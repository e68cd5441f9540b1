package io.kvorum.node.core.kv;

import org.jspecify.annotations.Nullable;

/// Which revisions a read may ask for.
///
/// The compact revision is the replicated one: members remove old versions at different times, but
/// refuse the same reads.
record ReadableRevisions(long compactRevision, long currentRevision) {

  /// Why the revision cannot be read; null if it can. 0 and below stand for the current one.
  Outcome.@Nullable Failure refusal(long revision) {
    if (revision <= 0) {
      return null;
    }
    if (revision > currentRevision) {
      return new Outcome.FutureRevision(currentRevision);
    }
    return revision < compactRevision ? new Outcome.RevisionCompacted(compactRevision) : null;
  }
}
