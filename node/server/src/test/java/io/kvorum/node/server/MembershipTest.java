package io.kvorum.node.server;

import static io.kvorum.node.server.Calls.errorOf;
import static io.kvorum.node.server.Calls.get;
import static io.kvorum.node.server.Calls.put;
import static io.kvorum.node.server.Calls.putUntilDone;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberAddRequest;
import io.kvorum.node.proto.etcd.MemberListRequest;
import io.kvorum.node.proto.etcd.MemberPromoteRequest;
import io.kvorum.node.proto.etcd.MemberRemoveRequest;
import io.kvorum.node.proto.etcd.MemberUpdateRequest;
import io.kvorum.node.proto.etcd.MoveLeaderRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.server.MemberEvents.StopReason;
import io.kvorum.testkit.Await;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MembershipTest {
  @TempDir Path folder;

  @Test
  void learnerJoinsBySnapshot_isPromoted_andRemoved() throws Exception {
    try (var cluster = LocalCluster.started(folder, 1)) {
      var first = cluster.node(1);
      for (int i = 0; i < 100; i++) {
        put(first, "k" + i, "v" + i);
      }
      var joiner = cluster.spare(0);
      Member added =
          first
              .cluster()
              .memberAdd(
                  MemberAddRequest.newBuilder()
                      .addPeerURLs(joiner.peerUrl())
                      .setIsLearner(true)
                      .build())
              .getMember();
      assertThat(added.getName()).isEmpty();
      assertThat(added.getIsLearner()).isTrue();
      joiner = cluster.respare(added.getID());
      joiner.join();
      joiner.awaitOpen();
      assertThat(
              joiner
                  .kv()
                  .range(
                      RangeRequest.newBuilder()
                          .setKey(Calls.bytes("k99"))
                          .setSerializable(true)
                          .build())
                  .getKvs(0)
                  .getValue()
                  .toStringUtf8())
          .isEqualTo("v99");
      var learner = joiner;
      assertThat(errorOf(() -> put(learner, "x", "y")))
          .isEqualTo("FAILED_PRECONDITION etcdserver: rpc not supported for learner");
      assertThat(errorOf(() -> get(learner, "k1")))
          .isEqualTo("FAILED_PRECONDITION etcdserver: rpc not supported for learner");

      Await.until(
          "the learner is promoted",
          LocalCluster.BOUND,
          () ->
              first
                      .cluster()
                      .memberPromote(MemberPromoteRequest.newBuilder().setID(added.getID()).build())
                      .getMembersCount()
                  == 2);
      putUntilDone(joiner, "through", "the new voter");
      assertThat(get(first, "through")).isEqualTo("the new voter");

      // A connection must have held for five seconds before a voter may be removed.
      Await.until(
          "the new voter is removed",
          LocalCluster.BOUND,
          () ->
              first
                      .cluster()
                      .memberRemove(MemberRemoveRequest.newBuilder().setID(added.getID()).build())
                      .getMembersCount()
                  == 1);
      assertThat(joiner.stopped().get(30, TimeUnit.SECONDS)).isEqualTo(new StopReason.Removed());
      put(first, "alone", "again");
      assertThat(get(first, "alone")).isEqualTo("again");
    }
  }

  @Test
  void requestsThatContradictTheClusterAreRefused() {
    try (var cluster = LocalCluster.started(folder, 1)) {
      var node = cluster.node(1);
      assertThat(errorOf(() -> add(node, List.of("nonsense"), false)))
          .isEqualTo("INVALID_ARGUMENT etcdserver: given member URLs are invalid");
      assertThat(errorOf(() -> add(node, List.of(node.peerUrl()), false)))
          .isEqualTo("FAILED_PRECONDITION etcdserver: Peer URLs already exists");
      assertThat(
              errorOf(() ->
                  node.cluster()
                      .memberPromote(MemberPromoteRequest.newBuilder().setID(node.id).build())))
          .isEqualTo("FAILED_PRECONDITION etcdserver: can only promote a learner member");
      assertThat(
              errorOf(() ->
                  node.cluster()
                      .memberRemove(MemberRemoveRequest.newBuilder().setID(node.id).build())))
          .isEqualTo(
              "UNKNOWN etcdserver: re-configuration failed due to not enough started members");
      assertThat(
              errorOf(() ->
                  node.cluster()
                      .memberUpdate(
                          MemberUpdateRequest.newBuilder()
                              .setID(77)
                              .addPeerURLs("http://127.0.0.1:1")
                              .build())))
          .isEqualTo("NOT_FOUND etcdserver: member not found");
      add(node, List.of("http://127.0.0.1:1"), true);
      assertThat(errorOf(() -> add(node, List.of("http://127.0.0.1:2"), true)))
          .isEqualTo("FAILED_PRECONDITION etcdserver: too many learner members in cluster");
      long learner =
          node
              .cluster()
              .memberList(MemberListRequest.newBuilder().setLinearizable(true).build())
              .getMembersList()
              .stream()
              .filter(Member::getIsLearner)
              .findFirst()
              .orElseThrow()
              .getID();
      assertThat(
              errorOf(() ->
                  node.cluster()
                      .memberPromote(MemberPromoteRequest.newBuilder().setID(learner).build())))
          .isEqualTo(
              "FAILED_PRECONDITION etcdserver: can only promote a learner member which is in sync"
                  + " with leader");
      assertThat(
              errorOf(() ->
                  node.maintenance()
                      .moveLeader(MoveLeaderRequest.newBuilder().setTargetID(learner).build())))
          .isEqualTo("FAILED_PRECONDITION etcdserver: bad leader transferee");
    }
  }

  private static void add(LocalCluster.Node node, List<String> urls, boolean learner) {
    var response =
        node.cluster()
            .memberAdd(
                MemberAddRequest.newBuilder().addAllPeerURLs(urls).setIsLearner(learner).build());
    assertThat(response.getHeader().getRevision()).isZero();
  }

  @Test
  void leadershipIsMoved() {
    try (var cluster = LocalCluster.started(folder, 3)) {
      var leader = cluster.leader();
      var target = cluster.follower();
      assertThat(
              errorOf(() ->
                  target
                      .maintenance()
                      .moveLeader(MoveLeaderRequest.newBuilder().setTargetID(target.id).build())))
          .isEqualTo("FAILED_PRECONDITION etcdserver: not leader");
      var moved =
          leader
              .maintenance()
              .moveLeader(MoveLeaderRequest.newBuilder().setTargetID(target.id).build());
      assertThat(moved.hasHeader()).isFalse();
      assertThat(cluster.leader().id).isEqualTo(target.id);
      putUntilDone(leader, "after", "the move");
    }
  }
}
