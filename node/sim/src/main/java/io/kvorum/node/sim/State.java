package io.kvorum.node.sim;

import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.Membership;
import java.util.Arrays;

/// A state machine that keeps nothing but a hash of all it was given: two members agree exactly if
/// their hashes do.
record State(LogPosition position, long hash, Membership membership) {
  State after(Entry entry, Membership next) {
    long mixed = (hash ^ Arrays.hashCode(entry.data())) * 0x9E3779B97F4A7C15L + entry.term();
    return new State(entry.position(), Long.rotateLeft(mixed, 23), next);
  }
}
