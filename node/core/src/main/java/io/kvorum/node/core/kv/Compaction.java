package io.kvorum.node.core.kv;

/// The physical removal of what the compact revision has made invisible, in steps of bounded work
/// beside `apply`. It has one user at a time; its progress is in the store and survives a restart.
public interface Compaction {

  /// Looks at up to so many changes and removes what they made obsolete; true if there is more to
  /// do. When the last step is done, the apply stage should publish a fresh view, whose
  /// `bytesInUse` is the smaller one.
  boolean step(int maxChanges);

  /// The compact revision up to which removal is complete: what a physical compaction waits for.
  long finishedRevision();
}
