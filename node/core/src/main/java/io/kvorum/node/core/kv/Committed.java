package io.kvorum.node.core.kv;

import java.util.List;

/// A committed log entry as the state machine takes it, in the order of the log.
public sealed interface Committed {

  long index();

  long term();

  /// A command entry: the bytes that `CommandCodec` made.
  @SuppressWarnings("ArrayRecordComponent")
  record CommandEntry(long index, long term, byte[] data) implements Committed {}

  /// An entry whose effect is the replica's own: an empty entry of a new leader, a membership
  /// change, a command that the replica has interpreted. It moves the applied index and changes the
  /// named records with it, atomically.
  record RecordsEntry(long index, long term, List<RecordChange> changes) implements Committed {

    public RecordsEntry {
      changes = List.copyOf(changes);
    }
  }
}
