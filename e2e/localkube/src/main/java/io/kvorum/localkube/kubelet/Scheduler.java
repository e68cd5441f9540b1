package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Gives Pods a node: one that is ready, fits the node selector and the volumes, and has the fewest
/// Pods of the same labels. Taints, resources and affinity terms are not weighed here; Pods of one
/// cluster spread by the count alone.
final class Scheduler {

  /// A node for a Pod, or why there is none.
  sealed interface Choice {}

  record Node(String name) implements Choice {}

  record Unschedulable(String why) implements Choice {}

  private Scheduler() {}

  /// @param claims the Pod's claims that exist
  /// @param volumeNodes node of each bound volume by its name
  static Choice choose(
      ObjectNode pod,
      List<ObjectNode> nodes,
      List<ObjectNode> pods,
      List<ObjectNode> claims,
      Map<String, String> volumeNodes) {
    for (JsonNode volume : Json.items(pod, "spec", "volumes")) {
      String claim = Json.text(volume, "persistentVolumeClaim", "claimName");
      if (!claim.isEmpty()) {
        Optional<ObjectNode> found =
            claims.stream()
                .filter(each -> Json.text(each, "metadata", "name").equals(claim))
                .findFirst();
        if (found.isEmpty()) {
          return new Unschedulable("persistentvolumeclaim \"" + claim + "\" not found");
        }
        if (Json.has(found.get(), "metadata", "deletionTimestamp")) {
          return new Unschedulable("persistentvolumeclaim \"" + claim + "\" is being deleted");
        }
      }
    }
    List<String> pinned =
        claims.stream()
            .map(claim -> volumeNodes.get(Json.text(claim, "spec", "volumeName")))
            .filter(node -> node != null && !node.isEmpty())
            .toList();
    return nodes.stream()
        .filter(Scheduler::accepts)
        .filter(node -> fits(pod, node))
        .map(node -> Json.text(node, "metadata", "name"))
        .filter(node -> pinned.stream().allMatch(node::equals))
        .min(
            Comparator.<String>comparingLong(node -> similar(pod, pods, node))
                .thenComparing(Comparator.naturalOrder()))
        .<Choice>map(Node::new)
        .orElseGet(() ->
            new Unschedulable(
                "0/%d nodes are available: none is ready, fits the node selector and has the"
                        .formatted(nodes.size())
                    + " Pod's volumes"));
  }

  private static boolean accepts(ObjectNode node) {
    return !Json.flag(node, "spec", "unschedulable") && Nodes.isReady(node);
  }

  private static boolean fits(ObjectNode pod, ObjectNode node) {
    return Json.fields(pod, "spec", "nodeSelector").stream()
        .allMatch(wanted ->
            Json.text(node, "metadata", "labels", wanted.getKey())
                .equals(wanted.getValue().asText()));
  }

  private static long similar(ObjectNode pod, List<ObjectNode> pods, String node) {
    JsonNode labels = Json.at(pod, "metadata", "labels");
    return pods.stream()
        .filter(each -> Json.text(each, "spec", "nodeName").equals(node))
        .filter(each -> !PodStatus.isOver(each))
        .mapToLong(each -> alike(labels, Json.at(each, "metadata", "labels")) ? 100 : 1)
        .sum();
  }

  private static boolean alike(@Nullable JsonNode a, @Nullable JsonNode b) {
    return Json.fields(a).stream()
        .anyMatch(label ->
            label.getKey().endsWith("/cluster")
                && Json.text(b, label.getKey()).equals(label.getValue().asText()));
  }
}
