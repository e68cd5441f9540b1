package io.kvorum.node.server.api;

import java.util.concurrent.atomic.LongAdder;

/// What a member counts of its traffic with one other member.
public final class PeerCounters {
  public final LongAdder bytesSent = new LongAdder();
  public final LongAdder bytesReceived = new LongAdder();
  public final LongAdder messagesDropped = new LongAdder();
  public final LongAdder disconnections = new LongAdder();

  /// 1 while there is a connection, else 0.
  public final LongAdder connections = new LongAdder();

  /// From a heartbeat to its answer: 0.1 ms to 3.3 s, as etcd's.
  public final Timings roundTrips = new Timings(0.0001, 16);

  public final LongAdder snapshotsSent = new LongAdder();
  public final LongAdder snapshotsReceived = new LongAdder();
  public final LongAdder snapshotsLost = new LongAdder();
}
