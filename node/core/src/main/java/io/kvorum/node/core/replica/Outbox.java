package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;

/// The way to other members. Messages may be lost; what is lost because the receiver can't be
/// reached is told by [Replica#peerUnreachable].
public interface Outbox {
  void send(MemberId to, PeerMessage message);

  /// A snapshot was offered to this member: a fetch of it may still be going on. Told by the way
  /// the content travels; a leader gives up on an offer that nobody follows.
  boolean transfersSnapshotTo(MemberId peer);
}
