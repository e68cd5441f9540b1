package io.kvorum.node.core.raft;

/// What consensus knows of a snapshot of the state machine: where in the log it was taken, and who
/// the members were. The content travels outside.
public record Snapshot(LogPosition position, Membership membership) {}
