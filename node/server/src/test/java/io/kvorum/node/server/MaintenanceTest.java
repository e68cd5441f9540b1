package io.kvorum.node.server;

import static io.kvorum.node.server.Calls.bytes;
import static io.kvorum.node.server.Calls.delete;
import static io.kvorum.node.server.Calls.errorOf;
import static io.kvorum.node.server.Calls.get;
import static io.kvorum.node.server.Calls.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.proto.etcd.AlarmMember;
import io.kvorum.node.proto.etcd.AlarmRequest;
import io.kvorum.node.proto.etcd.AlarmRequest.AlarmAction;
import io.kvorum.node.proto.etcd.AlarmType;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.DefragmentRequest;
import io.kvorum.node.proto.etcd.DowngradeInfo;
import io.kvorum.node.proto.etcd.DowngradeRequest;
import io.kvorum.node.proto.etcd.DowngradeRequest.DowngradeAction;
import io.kvorum.node.proto.etcd.DowngradeResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.StatusRequest;
import io.kvorum.node.proto.etcd.StatusResponse;
import io.kvorum.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What operators ask of a member: alarms and the space behind them, downgrades, compaction without
/// being asked.
final class MaintenanceTest {

  private static final String NO_SPACE =
      "RESOURCE_EXHAUSTED etcdserver: mvcc: database space exceeded";
  private static final String CORRUPT = "DATA_LOSS etcdserver: corrupt cluster";
  private static final long QUOTA_BYTES = 200_000;

  @TempDir Path folder;

  private LocalCluster cluster(long quotaBytes, Retention retention) {
    LocalCluster cluster =
        LocalCluster.of(folder, 1)
            .withLimits(
                new MemberConfig.Limits(quotaBytes, 1_572_864, 128, 1, true, 5_000, retention));
    cluster.node(1).found();
    cluster.node(1).awaitOpen();
    return cluster;
  }

  @Test
  void fullStore_isAlarmed_andWritableOnceSpaceIsFree() {
    try (var cluster = cluster(QUOTA_BYTES, new Retention.Everything())) {
      LocalCluster.Node node = cluster.node(1);
      String value = "x".repeat(10_000);
      int writes = 0;
      while (errorOf(() -> put(node, "k", value)).equals("OK")) {
        writes++;
        assertThat(writes).isLessThan(100);
      }
      assertThat(writes).isGreaterThan(10);
      Await.until("the alarm is raised", LocalCluster.BOUND, () -> alarms(node).size() == 1);
      assertThat(alarms(node).getFirst().getAlarm()).isEqualTo(AlarmType.NOSPACE);
      assertThat(errorOf(() -> put(node, "tiny", ""))).isEqualTo(NO_SPACE);
      assertThat(status(node).getErrorsList())
          .containsExactly(
              "memberID:%s alarm:NOSPACE "
                  .formatted(Long.toUnsignedString(alarms(node).getFirst().getMemberID())));
      assertThat(delete(node, "k")).isOne();
      long revision = status(node).getHeader().getRevision();
      var _ =
          node.kv()
              .compact(
                  CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build());
      var _ = node.maintenance().defragment(DefragmentRequest.getDefaultInstance());
      assertThat(errorOf(() -> put(node, "k", "v"))).isEqualTo(NO_SPACE);
      AlarmMember raised = alarms(node).getFirst();
      assertThat(alarm(node, AlarmAction.DEACTIVATE, raised)).containsExactly(raised);
      assertThat(alarm(node, AlarmAction.DEACTIVATE, raised)).isEmpty();
      put(node, "k", "v");
      assertThat(get(node, "k")).isEqualTo("v");
    }
  }

  @Test
  void corruptAlarm_stopsWrites_andReadsGoOn() {
    try (var cluster = cluster(0, new Retention.Everything())) {
      LocalCluster.Node node = cluster.node(1);
      put(node, "k", "v");
      var corrupt = AlarmMember.newBuilder().setMemberID(7).setAlarm(AlarmType.CORRUPT).build();
      assertThat(alarm(node, AlarmAction.ACTIVATE, corrupt)).containsExactly(corrupt);
      assertThat(errorOf(() -> put(node, "k", "w"))).isEqualTo(CORRUPT);
      assertThat(errorOf(() -> delete(node, "k"))).isEqualTo(CORRUPT);
      assertThat(get(node, "k")).isEqualTo("v");
      node.kill();
      node.resume();
      node.awaitOpen();
      assertThat(errorOf(() -> put(node, "k", "w"))).isEqualTo(CORRUPT);
      alarm(node, AlarmAction.DEACTIVATE, corrupt);
      put(node, "k", "w");
    }
  }

  @Test
  void downgrade_isAnnounced_shownAndRecalled() {
    try (var cluster = cluster(0, new Retention.Everything())) {
      LocalCluster.Node node = cluster.node(1);
      assertThat(downgrade(node, DowngradeAction.VALIDATE, "3.5").getVersion()).isEqualTo("3.6");
      assertThat(errorOf(() -> downgrade(node, DowngradeAction.ENABLE, "3.4")))
          .isEqualTo("INVALID_ARGUMENT etcdserver: invalid downgrade target version");
      downgrade(node, DowngradeAction.ENABLE, "3.5");
      assertThat(status(node).getDowngradeInfo())
          .isEqualTo(DowngradeInfo.newBuilder().setEnabled(true).setTargetVersion("3.5.0").build());
      assertThat(errorOf(() -> downgrade(node, DowngradeAction.ENABLE, "3.5")))
          .isEqualTo("FAILED_PRECONDITION etcdserver: cluster has a downgrade job in progress");
      downgrade(node, DowngradeAction.CANCEL, "");
      assertThat(status(node).getDowngradeInfo()).isEqualTo(DowngradeInfo.getDefaultInstance());
      assertThat(errorOf(() -> downgrade(node, DowngradeAction.CANCEL, "")))
          .isEqualTo("FAILED_PRECONDITION etcdserver: no inflight downgrade job");
    }
  }

  @Test
  void history_isCompactedByItself() {
    try (var cluster = cluster(0, new Retention.Period(Duration.ofMillis(300)))) {
      LocalCluster.Node node = cluster.node(1);
      long written = put(node, "k", "1").getHeader().getRevision();
      put(node, "k", "2");
      Await.until(
          "the first revision is gone",
          LocalCluster.BOUND,
          () ->
              errorOf(() ->
                      node.kv()
                          .range(
                              RangeRequest.newBuilder()
                                  .setKey(bytes("k"))
                                  .setRevision(written)
                                  .build()))
                  .contains("required revision has been compacted"));
      assertThat(get(node, "k")).isEqualTo("2");
    }
  }

  private static StatusResponse status(LocalCluster.Node node) {
    return node.maintenance().status(StatusRequest.getDefaultInstance());
  }

  private static List<AlarmMember> alarms(LocalCluster.Node node) {
    return alarm(node, AlarmAction.GET, AlarmMember.getDefaultInstance());
  }

  private static List<AlarmMember> alarm(
      LocalCluster.Node node, AlarmAction action, AlarmMember alarm) {
    return node.maintenance()
        .alarm(
            AlarmRequest.newBuilder()
                .setAction(action)
                .setMemberID(alarm.getMemberID())
                .setAlarm(alarm.getAlarm())
                .build())
        .getAlarmsList();
  }

  private static DowngradeResponse downgrade(
      LocalCluster.Node node, DowngradeAction action, String version) {
    return node.maintenance()
        .downgrade(DowngradeRequest.newBuilder().setAction(action).setVersion(version).build());
  }
}
