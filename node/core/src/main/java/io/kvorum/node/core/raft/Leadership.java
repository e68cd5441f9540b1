package io.kvorum.node.core.raft;

/// Who leads, as this member sees it.
///
/// @param leader [MemberId#NONE] while unknown
public record Leadership(long term, MemberId leader, RoleName role) {}
