package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.util.List;

/// The `scale` subresource: replicas of any object that has them, under one shape.
final class Scales {

  private Scales() {}

  /// The Scale object of an object.
  static ObjectNode of(ObjectNode object, ResourceType type) {
    ObjectNode scale = Json.object();
    scale.put("kind", "Scale");
    scale.put("apiVersion", "autoscaling/v1");
    ObjectNode metadata = scale.putObject("metadata");
    for (String field :
        List.of("name", "namespace", "uid", "resourceVersion", "creationTimestamp")) {
      JsonNode value = object.path("metadata").get(field);
      if (value != null) {
        metadata.set(field, value);
      }
    }
    scale.putObject("spec").put("replicas", number(object, path(type, "specReplicasPath")));
    ObjectNode status = scale.putObject("status");
    status.put("replicas", number(object, path(type, "statusReplicasPath")));
    String selector = selector(object, type);
    if (!selector.isEmpty()) {
      status.put("selector", selector);
    }
    return scale;
  }

  /// Takes over the replicas that a Scale asks for. Changes the object.
  static void set(ObjectNode object, ObjectNode scale, ResourceType type) {
    long replicas = Json.number(scale, 0, "spec", "replicas");
    String[] path = path(type, "specReplicasPath");
    ObjectNode parent =
        Json.with(object, List.of(path).subList(0, path.length - 1).toArray(String[]::new));
    parent.put(path[path.length - 1], replicas);
  }

  private static long number(ObjectNode object, String[] path) {
    return Json.number(object, 0, path);
  }

  private static String[] path(ResourceType type, String which) {
    if (type.custom() == null) {
      return which.startsWith("spec")
          ? new String[] {"spec", "replicas"}
          : new String[] {"status", "replicas"};
    }
    return Json.text(type.custom().scale(), which).replaceFirst("^\\.", "").split("\\.");
  }

  private static String selector(ObjectNode object, ResourceType type) {
    if (type.custom() == null) {
      return text(object.path("spec").path("selector"));
    }
    String path = Json.text(type.custom().scale(), "labelSelectorPath").replaceFirst("^\\.", "");
    return path.isEmpty() ? "" : Json.text(object, path.split("\\."));
  }

  /// A LabelSelector as one writes it on a command line.
  static String text(JsonNode selector) {
    var text = new StringBuilder();
    Json.fields(selector, "matchLabels")
        .forEach(each -> part(text, each.getKey() + "=" + each.getValue().asText()));
    for (JsonNode each : Json.items(selector, "matchExpressions")) {
      String key = Json.text(each, "key");
      String values = "(" + String.join(",", Json.texts(each, "values")) + ")";
      part(
          text,
          switch (Json.text(each, "operator")) {
            case "In" -> key + " in " + values;
            case "NotIn" -> key + " notin " + values;
            case "DoesNotExist" -> "!" + key;
            default -> key;
          });
    }
    return text.toString();
  }

  private static void part(StringBuilder text, String part) {
    text.append(text.isEmpty() ? "" : ",").append(part);
  }
}
