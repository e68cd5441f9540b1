package io.kvorum.node.core.kv;

import java.util.List;

/// The state machine: applies committed entries to a store, in the order of the log. It has one
/// user, the apply stage; readers use the views that it hands out.
///
/// The same log gives the same content on every member, however it is cut into batches and however
/// often a member was killed in between: entries at or below the applied index are skipped, and the
/// applied index is written in the same batch as what the entries changed.
public interface Kv {

  /// The highest feature level that this program knows.
  int MAX_FEATURE_LEVEL = 1;

  /// The index of the last entry that is part of the state.
  long appliedIndex();

  long appliedTerm();

  /// The index up to which entries need not be applied again after a crash. The log may be cut
  /// behind it and nowhere above. Never read it from `appliedIndex`.
  long persistedIndex();

  /// A view of the present state, owned by the caller.
  View view();

  /// Applies entries with one atomic write. Their indexes follow one another; those already applied
  /// may lead them.
  Applied apply(List<Committed> batch);
}
