package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// A Pod's status from the state of its containers.
final class PodStatus {

  private PodStatus() {}

  static boolean isReady(ObjectNode pod) {
    return Json.items(pod, "status", "conditions").stream()
        .anyMatch(condition ->
            Json.text(condition, "type").equals("Ready")
                && Json.text(condition, "status").equals("True"));
  }

  static boolean isOver(ObjectNode pod) {
    String phase = Json.text(pod, "status", "phase");
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  /// What a Pod runs.
  ///
  /// @param initDone whether all init containers have succeeded
  record Runs(List<ContainerRun> init, List<ContainerRun> main, boolean initDone) {}

  /// A copy of the Pod with its status brought up to date.
  static ObjectNode withStatus(ObjectNode pod, Runs runs, String address) {
    ObjectNode next = pod.deepCopy();
    ObjectNode status = Json.with(next, "status");
    status.put("phase", phase(pod, runs));
    status.put("hostIP", "127.0.0.1");
    status.put("podIP", address);
    status.putArray("podIPs").addObject().put("ip", address);
    if (!status.has("startTime")) {
      status.put("startTime", now());
    }
    boolean ready = runs.initDone() && runs.main().stream().allMatch(ContainerRun::isReady);
    condition(status, "PodScheduled", true, "");
    condition(status, "Initialized", runs.initDone(), "ContainersNotInitialized");
    condition(status, "ContainersReady", ready, "ContainersNotReady");
    condition(status, "Ready", ready, "ContainersNotReady");
    ArrayNode main = status.putArray("containerStatuses");
    runs.main().forEach(run -> main.add(run.status()));
    if (!runs.init().isEmpty()) {
      ArrayNode init = status.putArray("initContainerStatuses");
      runs.init().forEach(run -> init.add(run.status()));
    }
    return next;
  }

  private static String phase(ObjectNode pod, Runs runs) {
    String policy = Json.text(pod, "spec", "restartPolicy");
    boolean always = policy.isEmpty() || policy.equals("Always");
    boolean anyEndedBadly = false;
    boolean allEnded = true;
    boolean anyStarted = false;
    for (ContainerRun run : runs.main()) {
      allEnded &= run.state() instanceof ContainerRun.Ended;
      anyStarted |= !(run.state() instanceof ContainerRun.Waiting) || run.restarts() > 0;
      anyEndedBadly |= run.state() instanceof ContainerRun.Ended ended && ended.exitCode() != 0;
    }
    boolean initFailed =
        policy.equals("Never")
            && runs.init().stream()
                .anyMatch(run ->
                    run.state() instanceof ContainerRun.Ended ended && ended.exitCode() != 0);
    if (initFailed) {
      return "Failed";
    }
    if (allEnded && !always && !(anyEndedBadly && policy.equals("OnFailure"))) {
      return anyEndedBadly ? "Failed" : "Succeeded";
    }
    return anyStarted ? "Running" : "Pending";
  }

  /// Sets a condition; its time changes only with its status.
  static void condition(ObjectNode status, String type, boolean holds, String reasonIfNot) {
    String value = holds ? "True" : "False";
    ArrayNode conditions = Json.withArray(status, "conditions");
    for (JsonNode each : conditions) {
      if (Json.text(each, "type").equals(type)) {
        fill((ObjectNode) each, value, holds ? "" : reasonIfNot);
        return;
      }
    }
    fill(conditions.addObject().put("type", type), value, holds ? "" : reasonIfNot);
  }

  private static void fill(ObjectNode condition, String value, String reason) {
    if (!Json.text(condition, "status").equals(value)) {
      condition.put("status", value);
      condition.put("lastTransitionTime", now());
    }
    condition.remove("reason");
    if (!reason.isEmpty()) {
      condition.put("reason", reason);
    }
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
