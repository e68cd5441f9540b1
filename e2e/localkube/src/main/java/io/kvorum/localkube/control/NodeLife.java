package io.kvorum.localkube.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.DeleteOptions;
import io.kvorum.localkube.api.DeleteOptions.Propagation;
import io.kvorum.localkube.api.Disruptions;
import io.kvorum.localkube.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What becomes of Pods whose node does not answer, or is gone: as in Kubernetes they are evicted
/// when their tolerations run out, stay Terminating until the node is back, and are removed when
/// the node is deleted.
final class NodeLife implements Controller {

  private static final String UNREACHABLE = "node.kubernetes.io/unreachable";

  private final Objects objects;

  NodeLife(Objects objects) {
    this.objects = objects;
  }

  @Override
  public Duration reconcile() {
    List<ObjectNode> nodes = objects.all("nodes");
    List<ObjectNode> pods = objects.all("pods");
    Set<String> names = new HashSet<>();
    Duration next = NO_HURRY;
    for (ObjectNode node : nodes) {
      names.add(Objects.name(node));
      boolean lost = !Disruptions.ready(node);
      taint(node, lost);
      if (lost) {
        for (ObjectNode pod : on(node, pods)) {
          next = shorter(next, evict(pod, node));
        }
      }
    }
    for (ObjectNode pod : pods) {
      String node = Json.text(pod, "spec", "nodeName");
      if (!node.isEmpty() && !names.contains(node)) {
        objects.delete(objects.api().type("pods"), pod, DeleteOptions.now(Objects.uid(pod)));
      }
    }
    return next;
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static List<ObjectNode> on(ObjectNode node, List<ObjectNode> pods) {
    return pods.stream()
        .filter(pod -> Json.text(pod, "spec", "nodeName").equals(Objects.name(node)))
        .toList();
  }

  private void taint(ObjectNode node, boolean lost) {
    boolean tainted =
        Json.items(node, "spec", "taints").stream()
            .anyMatch(each -> Json.text(each, "key").equals(UNREACHABLE));
    if (tainted == lost) {
      return;
    }
    objects.change(
        "nodes",
        node,
        now -> {
          var taints = Json.array();
          for (JsonNode each : Json.items(now, "spec", "taints")) {
            if (!Json.text(each, "key").equals(UNREACHABLE)) {
              taints.add(each);
            }
          }
          if (lost) {
            for (String effect : List.of("NoSchedule", "NoExecute")) {
              taints
                  .addObject()
                  .put("key", UNREACHABLE)
                  .put("effect", effect)
                  .put("timeAdded", Objects.now());
            }
          }
          Json.with(now, "spec").set("taints", taints);
          return now;
        });
  }

  /// Deletes the Pod when its toleration is over; returns how long that takes.
  private Duration evict(ObjectNode pod, ObjectNode node) {
    if (Objects.ending(pod)) {
      return NO_HURRY;
    }
    Instant since =
        Json.items(node, "spec", "taints").stream()
            .filter(each -> Json.text(each, "key").equals(UNREACHABLE))
            .map(each -> Json.text(each, "timeAdded"))
            .filter(time -> !time.isEmpty())
            .map(Instant::parse)
            .findFirst()
            .orElse(Instant.now());
    long tolerated = tolerated(pod);
    if (tolerated < 0) {
      return NO_HURRY;
    }
    Duration left = Duration.between(Instant.now(), since.plusSeconds(tolerated));
    if (left.isNegative() || left.isZero()) {
      objects.delete(objects.api().type("pods"), pod, Propagation.BACKGROUND);
      return NO_HURRY;
    }
    return left.plusMillis(10);
  }

  /// Seconds that the Pod tolerates a lost node; negative means for ever.
  private static long tolerated(ObjectNode pod) {
    for (JsonNode each : Json.items(pod, "spec", "tolerations")) {
      String key = Json.text(each, "key");
      String effect = Json.text(each, "effect");
      boolean meant = key.isEmpty() || key.equals(UNREACHABLE);
      if (meant && (effect.isEmpty() || effect.equals("NoExecute"))) {
        return Json.number(each, -1, "tolerationSeconds");
      }
    }
    return 0;
  }
}
