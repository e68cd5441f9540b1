package io.kvorum.node.server.api;

import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/// What a member counts while it runs. They only grow, but for the gauges.
public final class Counters {
  public final LongAdder proposalsFailed = new LongAdder();
  public final LongAdder readsFailed = new LongAdder();
  public final LongAdder leaderChanges = new LongAdder();
  public final LongAdder heartbeatsFailed = new LongAdder();
  public final LongAdder slowApplies = new LongAdder();
  public final LongAdder leasesExpired = new LongAdder();
  public final LongAdder puts = new LongAdder();
  public final LongAdder deletes = new LongAdder();
  public final LongAdder ranges = new LongAdder();
  public final LongAdder transactions = new LongAdder();
  public final LongAdder events = new LongAdder();

  /// By the id of the other member.
  public final ConcurrentNavigableMap<Long, PeerCounters> peers = new ConcurrentSkipListMap<>();

  public final LongAdder snapshotsSent = new LongAdder();
  public final LongAdder snapshotsReceived = new LongAdder();

  /// Gauges: how many there are now.
  public final LongAdder watchers = new LongAdder();

  public final LongAdder watchStreams = new LongAdder();
  public final LongAdder slowWatchers = new LongAdder();

  /// The counters of the traffic with another member.
  public PeerCounters peer(long id) {
    return peers.computeIfAbsent(id, _ -> new PeerCounters());
  }
}
