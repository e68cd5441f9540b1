package io.kvorum.node.server.lock;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.election.LeaderResponse;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.proto.mvcc.KeyValue;
import io.kvorum.node.server.watch.LocalWatch;
import java.util.Optional;

/// Tells one client who leads in an election, and each time that changes or the leader says
/// something new. Never ends by itself.
final class LeaderObserver {
  private final OwnStore store;
  private final Contest contest;
  private final PacedStream<LeaderResponse> client;

  LeaderObserver(OwnStore store, Contest contest, PacedStream<LeaderResponse> client) {
    this.store = store;
    this.contest = contest;
    this.client = client;
  }

  void run() throws InterruptedException {
    while (true) {
      RangeResponse first = store.range(contest.first());
      if (first.getKvsCount() > 0) {
        follow(told(first.getKvs(0), first.getHeader()));
      } else {
        Optional<LeaderResponse> leader = awaitLeader(first.getHeader().getRevision());
        if (leader.isPresent()) {
          follow(leader.get());
        }
      }
    }
  }

  /// Waits for the first leader after a revision; there is none if the history from there ends.
  private Optional<LeaderResponse> awaitLeader(long revision) throws InterruptedException {
    try (LocalWatch watch = store.watch(contest.prefix(), contest.prefixEnd(), revision + 1)) {
      for (WatchResponse response = watch.take();
          !response.getCanceled();
          response = watch.take()) {
        for (Event event : response.getEventsList()) {
          if (event.getType() == Event.EventType.PUT) {
            long at = event.getKv().getModRevision();
            return Optional.of(
                told(event.getKv(), response.getHeader().toBuilder().setRevision(at).build()));
          }
        }
      }
      return Optional.empty();
    }
  }

  /// Tells of a leader until its key is gone, or the history of it.
  private void follow(LeaderResponse leader) throws InterruptedException {
    client.send(leader);
    long next = leader.getHeader().getRevision() + 1;
    try (LocalWatch watch = store.watch(leader.getKv().getKey(), ByteString.EMPTY, next)) {
      for (WatchResponse response = watch.take();
          !response.getCanceled();
          response = watch.take()) {
        for (Event event : response.getEventsList()) {
          if (event.getType() == Event.EventType.DELETE) {
            return;
          }
          client.send(told(event.getKv(), response.getHeader()));
        }
      }
    }
  }

  private static LeaderResponse told(KeyValue leader, ResponseHeader header) {
    return LeaderResponse.newBuilder().setHeader(header).setKv(leader).build();
  }
}
