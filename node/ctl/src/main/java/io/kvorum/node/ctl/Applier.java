package io.kvorum.node.ctl;

import io.kvorum.node.proto.mvcc.Event;
import java.io.IOException;
import java.util.List;

/// How changes of the source are brought to the target.
sealed interface Applier permits MergedChanges, ChangesInStep {

  /// Brings over all changes of one revision, which follows the one before it. They may be on their
  /// way when this returns.
  void apply(long revision, List<Event> changes) throws Failure, IOException;

  /// Waits until everything so far is there.
  void flush() throws Failure, IOException;
}
