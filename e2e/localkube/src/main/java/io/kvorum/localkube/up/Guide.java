package io.kvorum.localkube.up;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.nio.file.Path;
import java.util.List;

/// What to do next, once everything runs.
final class Guide {

  private static final String CLIENT_PORT = ":2379";

  private Guide() {}

  static String text(Installation installation, Path kubeconfig, String launcher) {
    var text = new StringBuilder();
    text.append("\n  export KUBECONFIG=").append(kubeconfig).append('\n');
    for (ObjectNode cluster : installation.clusters()) {
      List<ObjectNode> members = installation.members(cluster);
      String name = Json.text(cluster, "metadata", "name");
      text.append("\nMembers of ").append(name).append(":\n");
      for (ObjectNode pod : members) {
        text.append("  ")
            .append(Json.text(pod, "metadata", "name"))
            .append("  http://")
            .append(Json.text(pod, "status", "podIP"))
            .append(CLIENT_PORT)
            .append('\n');
      }
      if (!members.isEmpty()) {
        commands(text, name, members, launcher);
      }
    }
    return text.toString();
  }

  private static void commands(
      StringBuilder text, String cluster, List<ObjectNode> members, String launcher) {
    List<String> endpoints =
        members.stream().map(pod -> Json.text(pod, "status", "podIP") + CLIENT_PORT).toList();
    String first = Json.text(members.getFirst(), "metadata", "name");
    text.append("\nTry next:\n");
    for (String command :
        List.of(
            "kubectl get kvc,pods -o wide",
            launcher + " ctl --endpoints=" + String.join(",", endpoints) + " put greeting hello",
            "kubectl scale kvc/" + cluster + " --replicas=" + (members.size() == 5 ? 3 : 5),
            launcher + " localkube fault kill " + first,
            "kubectl get kvc " + cluster + " -w")) {
      text.append("  ").append(command).append('\n');
    }
  }
}
