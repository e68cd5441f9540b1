package io.kvorum.node.core.log;

import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.LogPosition;
import java.util.Optional;

/// What was found on disk when the log was opened; all of it is durable.
///
/// @param start the position before the first entry: of a snapshot, or the last one compacted away
/// @param last the position of the last entry, or `start` when there is none
/// @param tornTail what was cut, if the last write did not reach the disk whole
public record Recovered(
    HardState hardState, LogPosition start, LogPosition last, Optional<TornTail> tornTail) {

  /// The remains of a batch that nobody was told was durable.
  public record TornTail(String path, long offset) {}
}
