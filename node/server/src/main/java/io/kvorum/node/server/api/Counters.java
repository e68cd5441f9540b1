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

  /// Reads that waited longer for their turn than etcd does before it asks again.
  public final LongAdder readsSlow = new LongAdder();

  public final LongAdder leasesExpired = new LongAdder();
  public final LongAdder leasesGranted = new LongAdder();
  public final LongAdder leasesRevoked = new LongAdder();
  public final LongAdder leasesRenewed = new LongAdder();
  public final LongAdder puts = new LongAdder();
  public final LongAdder putBytes = new LongAdder();
  public final LongAdder deletes = new LongAdder();
  public final LongAdder ranges = new LongAdder();
  public final LongAdder transactions = new LongAdder();
  public final LongAdder events = new LongAdder();

  /// By the id of the other member.
  public final ConcurrentNavigableMap<Long, PeerCounters> peers = new ConcurrentSkipListMap<>();

  /// Ranges from their request to their answer.
  public final Timings rangesAnswered = new Timings(0.0001, 20);

  public final Timings rangesRefused = new Timings(0.0001, 20);

  public final Timings backups = new Timings(0.01, 17);
  public final Timings defragmentations = new Timings(0.1, 13);
  public final Timings hashes = new Timings(0.01, 15);
  public final Timings hashesByRevision = new Timings(0.01, 15);

  /// The times to live of leases that were granted.
  public final Timings leaseLives = new Timings(1, 24);

  /// Gauges: how many there are now.
  public final LongAdder defragmenting = new LongAdder();

  public final LongAdder watchers = new LongAdder();

  public final LongAdder watchStreams = new LongAdder();
  public final LongAdder slowWatchers = new LongAdder();

  /// The counters of the traffic with another member.
  public PeerCounters peer(long id) {
    return peers.computeIfAbsent(id, _ -> new PeerCounters());
  }
}
