package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;

/// The settings of a replica. Times are ticks.
///
/// @param requestTicks how long a request may wait
/// @param electionTicks shortest election timeout
/// @param healthTicks how long a connection must have held to count as healthy
/// @param maxPendingRequests requests that may wait at once
/// @param maxPendingBytes what they may hold together
/// @param maxUnapplied entries that may be committed and not yet applied before requests are
///   refused
/// @param maxLearners learners the cluster may have
/// @param strictReconfiguration whether dangerous membership changes are refused
/// @param catchUpEntries entries kept in the log behind the applied index, for followers a bit slow
public record ReplicaConfig(
    MemberId self,
    int requestTicks,
    int electionTicks,
    int healthTicks,
    int maxPendingRequests,
    long maxPendingBytes,
    int maxUnapplied,
    int maxLearners,
    boolean strictReconfiguration,
    int catchUpEntries) {}
