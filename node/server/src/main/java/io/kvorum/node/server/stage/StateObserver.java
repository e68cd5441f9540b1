package io.kvorum.node.server.stage;

import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.View;

/// Who follows the state machine: called by the apply stage after each batch, when its view is
/// published. Must not block.
public interface StateObserver {
  /// A batch was applied. The view in it is open for the length of the call.
  void applied(Applied applied);

  /// The state was replaced as a whole by a snapshot; what lies between is not known as events.
  void restored(View view);
}
