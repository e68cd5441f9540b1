package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.util.List;

/// How `kubectl get pods` sums up a Pod.
final class PodColumns {

  private PodColumns() {}

  static List<Column> all() {
    return List.of(
        Column.NAME,
        Column.of("Ready", PodColumns::ready),
        Column.of("Status", PodColumns::status),
        Column.of("Restarts", PodColumns::restarts),
        Column.AGE,
        Column.of("IP", pod -> orNone(Json.text(pod, "status", "podIP"))).wide(),
        Column.of("Node", pod -> orNone(Json.text(pod, "spec", "nodeName"))).wide(),
        Column.of("Nominated Node", pod -> orNone(Json.text(pod, "status", "nominatedNodeName")))
            .wide(),
        Column.of("Readiness Gates", _ -> "<none>").wide());
  }

  private static String orNone(String text) {
    return text.isEmpty() ? "<none>" : text;
  }

  private static String ready(ObjectNode pod) {
    long ready =
        Json.items(pod, "status", "containerStatuses").stream()
            .filter(each -> Json.flag(each, "ready"))
            .count();
    return ready + "/" + Json.items(pod, "spec", "containers").size();
  }

  /// The phase, or what says more: a reason, a waiting or ended container, the deletion.
  static String status(ObjectNode pod) {
    if (Json.has(pod, "metadata", "deletionTimestamp")) {
      return Json.text(pod, "status", "reason").equals("NodeLost") ? "Unknown" : "Terminating";
    }
    String reason = Json.text(pod, "status", "reason");
    String status = reason.isEmpty() ? Json.text(pod, "status", "phase") : reason;
    for (JsonNode each : Json.items(pod, "status", "initContainerStatuses")) {
      String initial = initial(each);
      if (!initial.isEmpty()) {
        return "Init:" + initial;
      }
    }
    for (JsonNode each : Json.items(pod, "status", "containerStatuses")) {
      String waiting = Json.text(each, "state", "waiting", "reason");
      JsonNode ended = Json.at(each, "state", "terminated");
      if (!waiting.isEmpty()) {
        status = waiting;
      } else if (ended != null) {
        status = ended(ended);
      }
    }
    return status;
  }

  /// What an init container that is not done says; "" for one that is.
  private static String initial(JsonNode container) {
    JsonNode ended = Json.at(container, "state", "terminated");
    if (ended != null) {
      return Json.number(ended, 0, "exitCode") == 0 ? "" : ended(ended);
    }
    String waiting = Json.text(container, "state", "waiting", "reason");
    return waiting.isEmpty() ? "Running" : waiting;
  }

  private static String ended(JsonNode state) {
    String reason = Json.text(state, "reason");
    return reason.isEmpty() ? "ExitCode:" + Json.text(state, "exitCode") : reason;
  }

  private static String restarts(ObjectNode pod) {
    long restarts = 0;
    String latest = "";
    for (JsonNode each : Json.items(pod, "status", "containerStatuses")) {
      restarts += Json.number(each, 0, "restartCount");
      String finished = Json.text(each, "lastState", "terminated", "finishedAt");
      latest = finished.compareTo(latest) > 0 ? finished : latest;
    }
    return restarts == 0 || latest.isEmpty()
        ? Long.toString(restarts)
        : restarts + " (" + Ages.since(latest) + " ago)";
  }
}
