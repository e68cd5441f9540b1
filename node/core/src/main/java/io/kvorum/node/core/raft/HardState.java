package io.kvorum.node.core.raft;

/// What a member must remember of itself across restarts, besides its log.
///
/// @param term the highest term seen; never falls
/// @param vote whom this member voted for in that term, or [MemberId#NONE]
/// @param commit an index known to be committed when this was written; the true one may be higher
public record HardState(long term, MemberId vote, long commit) {
  /// Of a member that has never run.
  public static final HardState EMPTY = new HardState(0, MemberId.NONE, 0);
}
