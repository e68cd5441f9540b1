package io.kvorum.node.core.raft;

/// The settings of one member's consensus. Times are ticks; what a tick is, the driver decides.
///
/// @param electionTicks a follower that hears nothing for this long, plus a random part of as long
///   again, campaigns; a leader that hears no majority for this long steps down
/// @param heartbeatTicks how often a leader says that it lives
/// @param maxAppendBytes entries of one append message together, unless one alone is larger
/// @param maxInFlightAppends append messages on their way to one follower
/// @param maxInFlightBytes entries on their way to one follower; it also bounds what a follower
///   with a slow disk must hold in memory
/// @param maxUnsettledBytes a leader's own entries that are not yet both committed and on its disk;
///   more proposals are refused
/// @param maxApplyingBytes entries handed out to be applied and not yet reported applied
/// @param cacheBytes entries already on disk that stay in memory for followers a little behind
/// @param maxReadiesInFlight Readies under way in the log stage
/// @param maxPendingReads read index requests that wait
/// @param stallTicks after this long without a sync that was asked for the disk counts as stuck: a
///   leader hands over, nobody campaigns
public record RaftConfig(
    MemberId self,
    int electionTicks,
    int heartbeatTicks,
    long maxAppendBytes,
    int maxInFlightAppends,
    long maxInFlightBytes,
    long maxUnsettledBytes,
    long maxApplyingBytes,
    long cacheBytes,
    int maxReadiesInFlight,
    int maxPendingReads,
    int stallTicks) {
  private static final long MIB = 1 << 20;

  public RaftConfig {
    require(!self.isNone(), "self", "a member id other than 0");
    require(heartbeatTicks >= 1, "heartbeatTicks", "at least 1");
    require(electionTicks > heartbeatTicks, "electionTicks", "more than heartbeatTicks");
    require(maxAppendBytes >= 1, "maxAppendBytes", "at least 1");
    require(maxInFlightAppends >= 1, "maxInFlightAppends", "at least 1");
    require(maxInFlightBytes >= 1, "maxInFlightBytes", "at least 1");
    require(maxUnsettledBytes >= 1, "maxUnsettledBytes", "at least 1");
    require(maxApplyingBytes >= 1, "maxApplyingBytes", "at least 1");
    require(cacheBytes >= 0, "cacheBytes", "at least 0");
    require(maxReadiesInFlight >= 1, "maxReadiesInFlight", "at least 1");
    require(maxPendingReads >= 1, "maxPendingReads", "at least 1");
    require(stallTicks >= 1, "stallTicks", "at least 1");
  }

  private static void require(boolean condition, String name, String right) {
    if (!condition) {
      throw new IllegalArgumentException(name + " must be " + right);
    }
  }

  /// The sizes that serve a member on ordinary hardware.
  public static RaftConfig standard(MemberId self, int electionTicks, int heartbeatTicks) {
    return new RaftConfig(
        self,
        electionTicks,
        heartbeatTicks,
        MIB, // larger messages delay heartbeats behind them
        512, // a long fat link stays full: 512 messages at 1 ms each
        32 * MIB,
        64 * MIB,
        16 * MIB,
        4 * MIB, // more would outlive young collections, and all that is written with it
        16, // enough to keep the log stage busy; each of its syncs takes all that wait
        10_000,
        2 * electionTicks); // a slow sync is no reason to change leaders, a dead disk is
  }
}
