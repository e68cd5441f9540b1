package io.kvorum.node.server.front;

import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.api.Counters;
import io.kvorum.node.server.api.PeerCounters;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// A member whose state a test sets: what fronts show of it is what is tested.
final class TrialMember implements MemberStatus {

  volatile long leaderId = 1;
  volatile boolean learner;
  volatile List<AlarmRaised> alarms = List.of();
  volatile Probe local = new Probe.Healthy();
  volatile Probe quorum = new Probe.Healthy();
  volatile Optional<String> clusterVersion = Optional.of("3.6");

  @Override
  public Standing standing() {
    return new Standing(
        0xc1,
        1,
        leaderId,
        learner,
        3,
        20,
        19,
        7,
        2,
        4096,
        2048,
        2L << 30,
        clusterVersion,
        alarms,
        0,
        false,
        5,
        6);
  }

  @Override
  public Counters counters() {
    var counters = new Counters();
    counters.proposalsFailed.increment();
    counters.rangesAnswered.took(150_000);
    counters.backups.took(20_000_000);
    PeerCounters peer = counters.peer(0xb2);
    peer.bytesSent.add(1_200);
    peer.bytesReceived.add(1_300);
    peer.connections.increment();
    peer.snapshotsSent.increment();
    peer.roundTrips.took(150_000);
    peer.roundTrips.took(9_000_000_000L);
    return counters;
  }

  @Override
  public boolean certificatesAreUsers() {
    return false;
  }

  @Override
  public CompletableFuture<Probe> probe(boolean linearizable) {
    return CompletableFuture.supplyAsync(() -> linearizable ? quorum : local);
  }
}
