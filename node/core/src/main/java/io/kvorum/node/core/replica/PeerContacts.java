package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;
import java.util.TreeMap;

/// Since when this member is connected to each other one.
final class PeerContacts {
  private final TreeMap<MemberId, Long> since = new TreeMap<>();

  void connected(MemberId peer, long tick) {
    since.putIfAbsent(peer, tick);
  }

  void disconnected(MemberId peer) {
    since.remove(peer);
  }

  boolean isConnected(MemberId peer) {
    return since.containsKey(peer);
  }

  /// Whether the connection stood already at that tick and has held.
  boolean heldSince(MemberId peer, long tick) {
    Long start = since.get(peer);
    return start != null && start <= tick;
  }
}
