package io.kvorum.node.server.backup;

import io.kvorum.node.core.bolt.BoltBucket;
import io.kvorum.node.core.kv.Alarm;
import io.kvorum.node.core.kv.Lease;
import io.kvorum.node.core.kv.Role;
import io.kvorum.node.core.kv.User;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.core.replica.MemberRecord;
import io.kvorum.node.server.api.DowngradeJob;
import io.kvorum.node.server.http.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The buckets of etcd's database, filled from one view of the state. Changes are read when their
/// bucket is written; everything else is in memory.
///
/// @param apiVersion the etcd release whose layout this is
record EtcdBuckets(View view, Cluster cluster, String apiVersion) {

  static final String KEY = "key";
  static final String META = "meta";
  static final String LEASE = "lease";
  static final String SCHEDULED_COMPACTION = "scheduledCompactRev";
  static final String FINISHED_COMPACTION = "finishedCompactRev";

  static final String AUTH = "auth";
  static final String AUTH_ENABLED = "authEnabled";
  static final String AUTH_REVISION = "authRevision";
  static final String AUTH_ROLES = "authRoles";
  static final String AUTH_USERS = "authUsers";
  static final byte[] ON = {1};
  private static final byte[] OFF = {0};

  /// All of them, sorted by name.
  List<BoltBucket> all() {
    return List.of(
        bucket("alarm", alarms()),
        bucket(AUTH, auth()),
        bucket(AUTH_ROLES, roles()),
        bucket(AUTH_USERS, users()),
        bucket("cluster", clusterRows()),
        new BoltBucket(KEY, ChangeRows.totals(view), () -> new ChangeRows(view)),
        bucket(LEASE, leases()),
        bucket("members", members()),
        bucket("members_removed", removed()),
        bucket(META, meta()));
  }

  private static BoltBucket bucket(String name, Map<byte[], byte[]> rows) {
    return BoltBucket.of(name, rows);
  }

  private static Map<byte[], byte[]> rows() {
    return new TreeMap<>(Arrays::compareUnsigned);
  }

  private Map<byte[], byte[]> alarms() {
    Map<byte[], byte[]> rows = rows();
    for (Alarm alarm : view.alarms()) {
      rows.put(EtcdRows.alarmKey(alarm), EtcdRows.NOTHING);
    }
    return rows;
  }

  private Map<byte[], byte[]> auth() {
    Map<byte[], byte[]> rows = rows();
    rows.put(utf8(AUTH_ENABLED), view.accounts().enabled() ? ON : OFF);
    rows.put(utf8(AUTH_REVISION), EtcdRows.number(view.accounts().revision()));
    return rows;
  }

  private Map<byte[], byte[]> roles() {
    Map<byte[], byte[]> rows = rows();
    for (Role role : view.accounts().roles()) {
      rows.put(utf8(role.name()), AccountRows.value(role));
    }
    return rows;
  }

  private Map<byte[], byte[]> users() {
    Map<byte[], byte[]> rows = rows();
    for (User user : view.accounts().users()) {
      rows.put(utf8(user.name()), AccountRows.value(user));
    }
    return rows;
  }

  private Map<byte[], byte[]> clusterRows() {
    Map<byte[], byte[]> rows = rows();
    if (!cluster.version().isEmpty()) {
      rows.put(utf8("clusterVersion"), utf8(cluster.version() + ".0"));
    }
    String target = DowngradeJob.target(view).orElse("");
    rows.put(
        utf8("downgrade"),
        utf8("{\"target-version\":\"%s\",\"enabled\":%b}".formatted(target, !target.isEmpty())));
    return rows;
  }

  private Map<byte[], byte[]> leases() {
    Map<byte[], byte[]> rows = rows();
    for (Lease lease : view.leases()) {
      rows.put(EtcdRows.number(lease.id()), EtcdRows.leaseValue(lease));
    }
    return rows;
  }

  private Map<byte[], byte[]> members() {
    Map<byte[], byte[]> rows = rows();
    for (MemberRecord member : cluster.members().values()) {
      rows.put(utf8(member.id().toString()), utf8(json(member)));
    }
    return rows;
  }

  private static String json(MemberRecord member) {
    var json =
        new StringBuilder("{\"id\":")
            .append(Long.toUnsignedString(member.id().value()))
            .append(",\"peerURLs\":")
            .append(JsonText.list(member.peerUrls()));
    if (member.learner()) {
      json.append(",\"isLearner\":true");
    }
    if (member.started()) {
      json.append(",\"name\":").append(JsonText.quote(member.attributes().name()));
      json.append(",\"clientURLs\":").append(JsonText.list(member.attributes().clientUrls()));
    }
    return json.append('}').toString();
  }

  private Map<byte[], byte[]> removed() {
    Map<byte[], byte[]> rows = rows();
    for (MemberId id : cluster.removed()) {
      rows.put(utf8(id.toString()), utf8("removed"));
    }
    return rows;
  }

  private Map<byte[], byte[]> meta() {
    Map<byte[], byte[]> rows = rows();
    rows.put(utf8("consistent_index"), EtcdRows.number(view.appliedIndex()));
    rows.put(utf8("term"), EtcdRows.number(view.appliedTerm()));
    rows.put(utf8("confState"), utf8(confState()));
    rows.put(utf8("storageVersion"), utf8(apiVersion));
    if (view.compactRevision() >= 0) {
      rows.put(utf8(SCHEDULED_COMPACTION), EtcdRows.revision(view.compactRevision(), 0));
    }
    if (view.removedUpTo() >= 0) {
      rows.put(utf8(FINISHED_COMPACTION), EtcdRows.revision(view.removedUpTo(), 0));
    }
    return rows;
  }

  private String confState() {
    String learners = ids(cluster.membership().learners());
    return "{\"voters\":[%s]%s,\"auto_leave\":false}"
        .formatted(
            ids(cluster.membership().voters()),
            learners.isEmpty() ? "" : ",\"learners\":[" + learners + "]");
  }

  private static String ids(Collection<MemberId> members) {
    return members.stream()
        .map(member -> Long.toUnsignedString(member.value()))
        .collect(Collectors.joining(","));
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
