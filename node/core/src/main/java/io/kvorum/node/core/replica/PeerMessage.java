package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.Message;
import java.util.List;

/// What members say to each other on their streams.
public sealed interface PeerMessage {
  /// A message of consensus.
  record Consensus(Message message) implements PeerMessage {}

  /// Commands that a follower passes to the leader. Each goes to one leader once; what is lost is
  /// not sent again, since it may have been proposed.
  ///
  /// @param session one life of the sender
  /// @param sequence counts up within the session: a doubled message is known by it
  record Forward(long session, long sequence, List<byte[]> commands) implements PeerMessage {}

  /// An encoded membership change that a follower passes to the leader.
  @SuppressWarnings("ArrayRecordComponent")
  record ForwardMembership(long session, long sequence, byte[] change) implements PeerMessage {}

  /// The receiver of these, as forwarded under this number, was not the leader and has not proposed
  /// them; they may be sent again. A doubled or late one says nothing of a later number.
  record NotProposed(long sequence, List<Long> requestIds) implements PeerMessage {}

  /// The receiver's membership change does not fit the cluster as the leader has it.
  record ChangeRefused(long requestId, MembershipRefusal reason) implements PeerMessage {}

  /// The snapshot that the leader offered could not be fetched.
  record SnapshotFailed() implements PeerMessage {}
}
