package io.kvorum.node.server;

import static io.kvorum.node.server.Calls.get;
import static io.kvorum.node.server.Calls.putUntilDone;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.stub.StreamObserver;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.testkit.Await;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest {
  /// Too few for a member that was away to catch up from the log.
  private static final int CATCH_UP_ENTRIES = 5;

  @TempDir Path folder;

  @Test
  void memberBehindTheLogIsSentTheState_andItsWatchersMissNothing() throws Exception {
    try (var cluster = LocalCluster.of(folder, 3)) {
      cluster.withLimits(
          new MemberConfig.Limits(
              0, 1_572_864, 128, 1, true, CATCH_UP_ENTRIES, new Retention.Everything()));
      cluster.nodes().forEach(LocalCluster.Node::found);
      cluster.nodes().forEach(LocalCluster.Node::awaitOpen);
      var late = cluster.node(3);
      putUntilDone(cluster.node(1), "before", "0");
      late.kill();
      for (int i = 0; i < 100; i++) {
        putUntilDone(cluster.node(1), "away", "v" + i);
      }
      String first = cluster.node(1).logSegments().getFirst();
      String second = cluster.node(2).logSegments().getFirst();
      // A graceful stop makes the state durable, and a start begins a new segment: after the second
      // one nothing needs the first segment any more.
      for (int life = 0; life < 2; life++) {
        cluster.node(1).stop();
        cluster.node(2).stop();
        cluster.node(1).resume();
        cluster.node(2).resume();
        cluster.node(1).awaitOpen();
        for (int i = 0; i < 50; i++) {
          putUntilDone(cluster.node(1), "back", "v" + i);
        }
      }
      Await.until(
          "the logs no longer reach back",
          LocalCluster.BOUND,
          () ->
              !cluster.node(1).logSegments().contains(first)
                  && !cluster.node(2).logSegments().contains(second));
      late.resume();
      late.awaitOpen();
      assertThat(get(late, "away")).isEqualTo("v99");
      assertThat(get(late, "back")).isEqualTo("v49");
      assertThat(
              late.status().counters().peers.values().stream()
                  .mapToLong(peer -> peer.snapshotsReceived.sum())
                  .sum())
          .isEqualTo(1);
      assertThat(revisionsOf(late, "away")).hasSize(100).isSorted().doesNotHaveDuplicates();
      putUntilDone(late, "through", "it");
      assertThat(get(cluster.node(1), "through")).isEqualTo("it");
      late.kill();
      late.resume();
      late.awaitOpen();
      assertThat(get(late, "through")).isEqualTo("it");
    }
  }

  private static List<Long> revisionsOf(LocalCluster.Node node, String key)
      throws InterruptedException {
    BlockingQueue<WatchResponse> responses = new LinkedBlockingQueue<>();
    var requests =
        node.watch()
            .watch(
                new StreamObserver<>() {
                  @Override
                  public void onNext(WatchResponse response) {
                    responses.add(response);
                  }

                  @Override
                  public void onError(Throwable failure) {}

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder().setKey(Calls.bytes(key)).setStartRevision(1))
            .build());
    var revisions = new ArrayList<Long>();
    while (revisions.size() < 100) {
      WatchResponse response = responses.poll(20, TimeUnit.SECONDS);
      assertThat(response).isNotNull();
      response.getEventsList().forEach(event -> revisions.add(event.getKv().getModRevision()));
    }
    requests.onCompleted();
    return revisions;
  }
}
