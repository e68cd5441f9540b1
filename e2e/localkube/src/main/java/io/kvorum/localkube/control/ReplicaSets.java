package io.kvorum.localkube.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.DeleteOptions.Propagation;
import io.kvorum.localkube.api.Disruptions;
import io.kvorum.localkube.api.Selector;
import io.kvorum.localkube.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Keeps as many Pods as each ReplicaSet asks for.
final class ReplicaSets implements Controller {

  private static final String RESOURCE = "replicasets.apps";

  private final Objects objects;

  ReplicaSets(Objects objects) {
    this.objects = objects;
  }

  @Override
  public Duration reconcile() {
    for (ObjectNode set : objects.all(RESOURCE)) {
      List<ObjectNode> pods = adopt(set);
      if (!Objects.ending(set)) {
        settle(set, pods);
      }
      report(set, pods);
    }
    return NO_HURRY;
  }

  /// The Pods that belong to the set and may still run; stray ones that it selects become its own.
  private List<ObjectNode> adopt(ObjectNode set) {
    Selector selector = Selector.ofObject(set.path("spec").path("selector"));
    var pods = new ArrayList<ObjectNode>();
    for (ObjectNode pod : objects.in("pods", Objects.namespace(set))) {
      String phase = Json.text(pod, "status", "phase");
      boolean over = phase.equals("Failed") || phase.equals("Succeeded");
      if (over || Objects.ending(pod) || !selector.selects(pod)) {
        continue;
      }
      boolean stray =
          Json.items(pod, "metadata", "ownerReferences").stream()
              .noneMatch(each -> Json.flag(each, "controller"));
      if (stray && !Objects.ending(set)) {
        objects.change(
            "pods",
            pod,
            now -> {
              Json.withArray(Json.with(now, "metadata"), "ownerReferences")
                  .add(Objects.controlledBy(set));
              return now;
            });
        pods.add(pod);
      } else if (Objects.isControlledBy(pod, set)) {
        pods.add(pod);
      }
    }
    return pods;
  }

  private void settle(ObjectNode set, List<ObjectNode> pods) {
    long wanted = Json.number(set, 1, "spec", "replicas");
    for (long missing = wanted - pods.size(); missing > 0; missing--) {
      objects.create("pods", pod(set));
    }
    pods.stream()
        .sorted(Comparator.comparing(ReplicaSets::worth))
        .limit(Math.max(0, pods.size() - wanted))
        .forEach(pod -> objects.delete(objects.api().type("pods"), pod, Propagation.BACKGROUND));
  }

  /// Pods without a node go first, then those that are not ready, then the youngest.
  private static String worth(ObjectNode pod) {
    String placed = Json.text(pod, "spec", "nodeName").isEmpty() ? "0" : "1";
    String ready = Disruptions.ready(pod) ? "1" : "0";
    String age = Json.text(pod, "metadata", "creationTimestamp");
    var inverted = new StringBuilder();
    age.chars().forEach(c -> inverted.append((char) (Character.MAX_VALUE - c)));
    return placed + ready + inverted;
  }

  private static ObjectNode pod(ObjectNode set) {
    ObjectNode pod = Json.object();
    JsonNode template = set.path("spec").path("template");
    ObjectNode metadata = pod.putObject("metadata");
    metadata.put("generateName", Objects.name(set) + "-");
    metadata.put("namespace", Objects.namespace(set));
    for (String field : List.of("labels", "annotations")) {
      JsonNode value = Json.at(template, "metadata", field);
      if (value != null) {
        metadata.set(field, value.deepCopy());
      }
    }
    metadata.putArray("ownerReferences").add(Objects.controlledBy(set));
    pod.set("spec", template.path("spec").deepCopy());
    return pod;
  }

  private void report(ObjectNode set, List<ObjectNode> pods) {
    long ready = pods.stream().filter(Disruptions::ready).count();
    ObjectNode status = Json.object();
    status.put("replicas", pods.size());
    if (!pods.isEmpty()) {
      status.put("fullyLabeledReplicas", pods.size());
    }
    if (ready > 0) {
      status.put("readyReplicas", ready);
      status.put("availableReplicas", ready);
    }
    status.put("observedGeneration", Json.number(set, 0, "metadata", "generation"));
    objects.status(RESOURCE, set, status);
  }
}
