package io.kvorum.localkube.up;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.LocalKube;
import io.kvorum.localkube.api.ApiException;
import io.kvorum.localkube.api.ResourceType;
import io.kvorum.localkube.api.Selector;
import io.kvorum.localkube.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Puts the operator and the sample cluster of this project into a local Kubernetes.
public final class Installation {

  private static final String MANAGER = "kvorum-up";

  private final LocalKube kubernetes;
  private final Path manifests;

  /// @param root the project's folder
  public Installation(LocalKube kubernetes, Path root) {
    this.kubernetes = kubernetes;
    this.manifests = root.resolve("manifests");
  }

  /// Definitions, rights and the operator itself; again on each start, so that they are current.
  public void operator() throws IOException {
    for (ObjectNode object : Manifests.read(manifests)) {
      apply(object);
    }
  }

  /// The sample cluster, once in the life of a state folder: what became of it is the user's.
  public void sampleOnce() throws IOException {
    Path marker = kubernetes.folder().server("sample-applied");
    if (!Files.exists(marker)) {
      sample();
      Files.writeString(marker, "");
    }
  }

  public void sample() throws IOException {
    for (ObjectNode object : Manifests.read(manifests.resolve("samples").resolve("cluster.yaml"))) {
      apply(object);
    }
  }

  private void apply(ObjectNode object) throws IOException {
    try {
      kubernetes.apply(object, MANAGER);
    } catch (ApiException | IllegalArgumentException e) {
      String name = Json.text(object, "kind") + " " + Json.text(object, "metadata", "name");
      throw new IOException("cannot apply " + name + ": " + e.getMessage(), e);
    }
  }

  /// All clusters in it; none while their definition is absent.
  public List<ObjectNode> clusters() {
    Optional<ResourceType> type =
        kubernetes.api().catalogue().ofKind("kvorum.io/v1alpha1", "StoreCluster");
    return type.map(found -> kubernetes.api().all(found, "")).orElse(List.of());
  }

  /// The Pods of a cluster.
  public List<ObjectNode> members(ObjectNode cluster) {
    ObjectNode labels = Json.object();
    labels.put("kvorum.io/cluster", Json.text(cluster, "metadata", "name"));
    Selector selector = Selector.ofLabels(labels);
    return kubernetes
        .api()
        .all(kubernetes.api().type("pods"), Json.text(cluster, "metadata", "namespace"))
        .stream()
        .filter(selector::selects)
        .toList();
  }

  /// The Pods of the operator.
  public List<ObjectNode> operatorPods() {
    return kubernetes.api().all(kubernetes.api().type("pods"), "kvorum-system");
  }

  public static boolean holds(ObjectNode object, String condition) {
    return Json.items(object, "status", "conditions").stream()
        .anyMatch(each ->
            Json.text(each, "type").equals(condition) && Json.text(each, "status").equals("True"));
  }

  /// True when the cluster serves, and all members that its spec asks for are ready.
  public boolean settled(ObjectNode cluster) {
    long wanted = Json.number(cluster, 1, "spec", "replicas");
    List<ObjectNode> pods = members(cluster);
    return pods.size() == wanted
        && pods.stream().allMatch(pod -> holds(pod, "Ready"))
        && holds(cluster, "Available")
        && Json.number(cluster, 0, "status", "observedGeneration")
            == Json.number(cluster, -1, "metadata", "generation")
        && Json.number(cluster, 0, "status", "readyReplicas") == wanted
        && Json.number(cluster, 0, "status", "votingMembers") == wanted
        && Json.items(cluster, "status", "members").size() == wanted;
  }
}
