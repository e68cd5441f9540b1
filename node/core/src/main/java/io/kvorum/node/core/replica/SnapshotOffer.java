package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Snapshot;

/// A leader's offer of its state, because its log no longer reaches back far enough.
///
/// @param snapshot the least the content must hold; what is fetched may be newer
public record SnapshotOffer(MemberId from, long term, Snapshot snapshot) {}
