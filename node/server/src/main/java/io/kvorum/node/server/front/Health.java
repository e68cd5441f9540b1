package io.kvorum.node.server.front;

import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.MemberStatus.Probe;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.HttpCall;
import io.kvorum.node.server.metrics.HealthCounts;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// `/health`: alarms, then a leader, then a read the way a client would do it.
final class Health {

  private final MemberStatus status;
  private final HealthCounts counts;

  Health(MemberStatus status, HealthCounts counts) {
    this.status = status;
    this.counts = counts;
  }

  CompletableFuture<HttpAnswer> answer(HttpCall call) {
    List<String> excluded = call.parameters("exclude");
    boolean serializable = call.parameter("serializable").equals("true");
    MemberStatus.Standing standing = status.standing();
    for (MemberStatus.AlarmRaised alarm : standing.alarms()) {
      if (!excluded.contains(alarm.kind().name())) {
        return MemberPages.done(unhealthy("ALARM " + alarm.kind().name()));
      }
    }
    if (!serializable && standing.leaderId() == 0) {
      return MemberPages.done(unhealthy("RAFT NO LEADER"));
    }
    if (!serializable && standing.learner()) {
      return MemberPages.done(unhealthy("RANGE ERROR:etcdserver: rpc not supported for learner"));
    }
    return status
        .probe(!serializable)
        .handle((probe, failure) ->
            failure != null
                ? unhealthy("RANGE ERROR:" + failure.getMessage())
                : switch (probe) {
                  case Probe.Healthy() -> healthy();
                  case Probe.Unhealthy(String reason) -> unhealthy("RANGE ERROR:" + reason);
                });
  }

  private HttpAnswer healthy() {
    counts.health(true);
    return HttpAnswer.ok(HttpAnswer.TEXT, "{\"health\":\"true\",\"reason\":\"\"}");
  }

  private HttpAnswer unhealthy(String reason) {
    counts.health(false);
    return HttpAnswer.of(
        503, HttpAnswer.TEXT, "{\"health\":\"false\",\"reason\":" + quoted(reason) + "}");
  }

  private static String quoted(String text) {
    var json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> json.append('\\').append(c);
        default -> {
          if (c < ' ') {
            json.append("\\u%04x".formatted((int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"').toString();
  }
}
