package io.kvorum.node.ctl;

import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.StatusResponse;
import java.util.ArrayList;
import java.util.List;

/// Answers that are lists of rows, for the plain format and the tables.
record Rows(List<String> header, List<List<String>> rows) {

  Rows {
    header = List.copyOf(header);
    rows = List.copyOf(rows);
  }

  static Rows members(Answer.MemberList answer) {
    var rows = new ArrayList<List<String>>();
    for (Member member : answer.response().getMembersList()) {
      rows.add(
          List.of(
              Long.toHexString(member.getID()),
              member.getName().isEmpty() ? "unstarted" : "started",
              member.getName(),
              String.join(",", member.getPeerURLsList()),
              String.join(",", member.getClientURLsList()),
              Boolean.toString(member.getIsLearner())));
    }
    return new Rows(
        List.of("ID", "Status", "Name", "Peer Addrs", "Client Addrs", "Is Learner"), rows);
  }

  static Rows health(Answer.EndpointHealth answer) {
    var rows = new ArrayList<List<String>>();
    for (Answer.Health health : answer.healths()) {
      rows.add(
          List.of(
              health.endpoint(),
              Boolean.toString(health.healthy()),
              GoText.duration(health.tookNanos()),
              health.error()));
    }
    return new Rows(List.of("endpoint", "health", "took", "error"), rows);
  }

  static Rows status(Answer.EndpointStatus answer) {
    var rows = new ArrayList<List<String>>();
    for (Answer.Status status : answer.statuses()) {
      StatusResponse response = status.response();
      rows.add(
          List.of(
              status.endpoint(),
              Long.toHexString(response.getHeader().getMemberId()),
              response.getVersion(),
              GoText.size(response.getDbSize()),
              Boolean.toString(response.getLeader() == response.getHeader().getMemberId()),
              Boolean.toString(response.getIsLearner()),
              Long.toUnsignedString(response.getRaftTerm()),
              Long.toUnsignedString(response.getRaftIndex()),
              Long.toUnsignedString(response.getRaftAppliedIndex()),
              String.join(", ", response.getErrorsList())));
    }
    return new Rows(
        List.of(
            "endpoint",
            "ID",
            "version",
            "db size",
            "is leader",
            "is learner",
            "raft term",
            "raft index",
            "raft applied index",
            "errors"),
        rows);
  }

  static Rows hashes(Answer.EndpointHash answer) {
    var rows = new ArrayList<List<String>>();
    for (Answer.Hash hash : answer.hashes()) {
      rows.add(List.of(hash.endpoint(), Integer.toUnsignedString(hash.response().getHash())));
    }
    return new Rows(List.of("endpoint", "hash"), rows);
  }

  static Rows database(Answer.DatabaseStatus status) {
    return new Rows(
        List.of("hash", "revision", "total keys", "total size"),
        List.of(
            List.of(
                Long.toHexString(status.hash()),
                Long.toString(status.revision()),
                Long.toString(status.keys()),
                GoText.size(status.bytes()))));
  }

  static Rows backupHash(Answer.BackupHash answer) {
    return new Rows(
        List.of("hash", "hash revision", "compact revision"),
        List.of(
            List.of(
                Long.toString(answer.hash()),
                Long.toString(answer.revision()),
                Long.toString(answer.compactRevision()))));
  }
}
