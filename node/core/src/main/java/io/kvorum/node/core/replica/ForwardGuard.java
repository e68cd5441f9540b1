package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;
import java.util.TreeMap;

/// Lets each forwarded message of a peer through once: the second copy of a doubled one would apply
/// its commands twice.
final class ForwardGuard {
  private final TreeMap<MemberId, Seen> lastSeen = new TreeMap<>();

  private record Seen(long session, long sequence) {}

  /// Whether this is the first time; later and lower numbers of the session count as doubled.
  boolean isFirst(MemberId from, long session, long sequence) {
    Seen seen = lastSeen.get(from);
    if (seen != null && seen.session() == session && sequence <= seen.sequence()) {
      return false;
    }
    lastSeen.put(from, new Seen(session, sequence));
    return true;
  }
}
