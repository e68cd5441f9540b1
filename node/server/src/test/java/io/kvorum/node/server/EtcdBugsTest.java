package io.kvorum.node.server;

import static io.kvorum.node.server.Calls.get;
import static io.kvorum.node.server.Calls.put;
import static io.kvorum.node.server.Calls.putUntilDone;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberAddRequest;
import io.kvorum.node.proto.etcd.MemberListRequest;
import io.kvorum.node.proto.etcd.MemberPromoteRequest;
import io.kvorum.node.proto.etcd.MemberUpdateRequest;
import io.kvorum.testkit.Await;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Bugs and weaknesses of etcd's members, each shown not to be here.
final class EtcdBugsTest {

  @TempDir Path folder;

  private static Member addLearner(LocalCluster.Node through, String peerUrl) {
    return through
        .cluster()
        .memberAdd(MemberAddRequest.newBuilder().addPeerURLs(peerUrl).setIsLearner(true).build())
        .getMember();
  }

  private static List<Member> members(LocalCluster.Node node) {
    return node.cluster()
        .memberList(MemberListRequest.newBuilder().setLinearizable(true).build())
        .getMembersList();
  }

  /// A new address made a voter of a learner.
  @Test
  void memberUpdate_leavesALearnerALearner() {
    try (var cluster = LocalCluster.started(folder, 1)) {
      LocalCluster.Node node = cluster.node(1);
      Member learner = addLearner(node, "http://127.0.0.9:2380");
      var _ =
          node.cluster()
              .memberUpdate(
                  MemberUpdateRequest.newBuilder()
                      .setID(learner.getID())
                      .addPeerURLs("http://127.0.0.8:2380")
                      .build());
      assertThat(members(node))
          .filteredOn(member -> member.getID() == learner.getID())
          .singleElement()
          .satisfies(member -> {
            assertThat(member.getIsLearner()).isTrue();
            assertThat(member.getPeerURLsList()).containsExactly("http://127.0.0.8:2380");
          });
      put(node, "still", "a quorum of one");
    }
  }

  /// A promotion was noted in one of two stores, and an upgrade brought the learner back. Here
  /// there is one, which a restart reads.
  @Test
  void issue19557_promotion_outlivesRestarts() {
    try (var cluster = LocalCluster.started(folder, 1)) {
      LocalCluster.Node first = cluster.node(1);
      Member added = addLearner(first, cluster.spare(0).peerUrl());
      LocalCluster.Node second = cluster.respare(added.getID());
      second.join();
      second.awaitOpen();
      Await.until(
          "the learner is promoted",
          LocalCluster.BOUND,
          () ->
              first
                      .cluster()
                      .memberPromote(MemberPromoteRequest.newBuilder().setID(added.getID()).build())
                      .getMembersCount()
                  == 2);
      putUntilDone(second, "through", "the new voter");
      for (LocalCluster.Node node : cluster.nodes()) {
        node.kill();
      }
      cluster.nodes().forEach(LocalCluster.Node::resume);
      cluster.nodes().forEach(LocalCluster.Node::awaitOpen);
      for (LocalCluster.Node node : cluster.nodes()) {
        Await.until("members are listed", LocalCluster.BOUND, () -> members(node).size() == 2);
        assertThat(members(node)).noneMatch(Member::getIsLearner);
        assertThat(get(node, "through")).isEqualTo("the new voter");
      }
    }
  }
}
