package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;
import java.util.LinkedHashMap;
import java.util.TreeMap;

/// Lets each forwarded message of a peer through once: the second copy of a doubled one would apply
/// its commands twice.
final class ForwardGuard {
  /// Lives of a peer that are remembered: messages of an earlier one are long gone.
  private static final int MAX_SESSIONS = 8;

  /// Peer → session → the highest number seen, the latest session last.
  private final TreeMap<MemberId, LinkedHashMap<Long, Long>> lastSeen = new TreeMap<>();

  /// Whether this is the first time; lower numbers than one seen in its session count as doubled.
  boolean isFirst(MemberId from, long session, long sequence) {
    LinkedHashMap<Long, Long> sessions = lastSeen.computeIfAbsent(from, _ -> new LinkedHashMap<>());
    Long highest = sessions.get(session);
    if (highest != null && sequence <= highest) {
      return false;
    }
    sessions.put(session, sequence);
    if (sessions.size() > MAX_SESSIONS) {
      sessions.pollFirstEntry();
    }
    return true;
  }
}
