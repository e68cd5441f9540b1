package io.kvorum.localkube.control;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.DeleteOptions.Propagation;
import io.kvorum.localkube.api.ResourceType;
import io.kvorum.localkube.json.Json;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Empties namespaces and custom resource definitions that are being deleted, then lets them go.
final class Namespaces implements Controller {

  private static final String DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";
  private static final String CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

  private final Objects objects;

  Namespaces(Objects objects) {
    this.objects = objects;
  }

  @Override
  public Duration reconcile() {
    for (ObjectNode namespace : objects.all("namespaces")) {
      if (Objects.ending(namespace) && empty(Objects.name(namespace))) {
        objects.change(
            "namespaces",
            namespace,
            now -> {
              Json.with(now, "spec").set("finalizers", Json.array());
              return now;
            });
      }
    }
    for (ObjectNode definition : objects.all(DEFINITIONS)) {
      if (Objects.ending(definition) && emptyOf(definition)) {
        objects.removeFinalizer(objects.api().type(DEFINITIONS), definition, CLEANUP);
      }
    }
    return NO_HURRY;
  }

  /// Deletes all that is in the namespace; true when nothing is left.
  private boolean empty(String namespace) {
    boolean empty = true;
    Set<String> seen = new HashSet<>();
    for (ResourceType type : objects.api().catalogue().all()) {
      if (type.namespaced() && type.verbs().contains("list") && seen.add(type.storage())) {
        empty &= deleteAll(type, objects.api().all(type, namespace));
      }
    }
    return empty;
  }

  private boolean emptyOf(ObjectNode definition) {
    String group = Json.text(definition, "spec", "group");
    String plural = Json.text(definition, "spec", "names", "plural");
    return objects.api().catalogue().all().stream()
        .filter(type -> type.group().equals(group) && type.plural().equals(plural))
        .findFirst()
        .map(type -> deleteAll(type, objects.api().all(type, "")))
        .orElse(true);
  }

  private boolean deleteAll(ResourceType type, List<ObjectNode> all) {
    for (ObjectNode each : all) {
      if (!Objects.ending(each)) {
        objects.delete(type, each, Propagation.BACKGROUND);
      }
    }
    return all.isEmpty();
  }
}
