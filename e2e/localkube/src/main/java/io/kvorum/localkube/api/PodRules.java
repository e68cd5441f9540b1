package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.FieldError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Pods: what every Pod gets on its way in, and that its spec hardly ever changes.
final class PodRules implements KindRules {

  private static final String FROZEN =
      "pod updates may not change fields other than `spec.containers[*].image`,"
          + " `spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations` (only"
          + " additions to existing tolerations), `spec.terminationGracePeriodSeconds`";

  /// How long a Pod stays bound to a node that is lost, unless it says otherwise.
  private static final int LOST_NODE_SECONDS = 300;

  @Override
  public void prepareCreate(ObjectNode pod) {
    ObjectNode spec = Json.with(pod, "spec");
    prepareSpec(spec);
    String account = Json.text(spec, "serviceAccountName");
    if (account.isEmpty()) {
      String alias = Json.text(spec, "serviceAccount");
      account = alias.isEmpty() ? "default" : alias;
      spec.put("serviceAccountName", account);
    }
    spec.put("serviceAccount", account);
    if (!spec.has("priority")) {
      spec.put("priority", 0);
    }
    if (!spec.has("preemptionPolicy")) {
      spec.put("preemptionPolicy", "PreemptLowerPriority");
    }
    tolerate(spec, "node.kubernetes.io/not-ready");
    tolerate(spec, "node.kubernetes.io/unreachable");
    ObjectNode status = pod.putObject("status");
    status.put("phase", "Pending");
    status.put("qosClass", qualityOfService(spec));
  }

  /// Defaults that depend on other fields; Pod templates get them, too.
  static void prepareSpec(ObjectNode spec) {
    for (String list : List.of("containers", "initContainers")) {
      for (JsonNode each : Json.items(spec, list)) {
        if (each instanceof ObjectNode container) {
          prepareContainer(container);
        }
      }
    }
  }

  private static void prepareContainer(ObjectNode container) {
    if (!container.has("imagePullPolicy")) {
      String image = Json.text(container, "image");
      String name = image.substring(image.lastIndexOf('/') + 1);
      boolean floating = !name.contains("@") && (!name.contains(":") || name.endsWith(":latest"));
      container.put("imagePullPolicy", floating ? "Always" : "IfNotPresent");
    }
    for (Map.Entry<String, JsonNode> limit : Json.fields(container, "resources", "limits")) {
      ObjectNode requests = Json.with(container, "resources", "requests");
      if (!requests.has(limit.getKey())) {
        requests.set(limit.getKey(), limit.getValue());
      }
    }
  }

  private static void tolerate(ObjectNode spec, String taint) {
    ArrayNode tolerations = Json.withArray(spec, "tolerations");
    for (JsonNode each : tolerations) {
      String key = Json.text(each, "key");
      String effect = Json.text(each, "effect");
      if ((key.isEmpty() || key.equals(taint))
          && (effect.isEmpty() || effect.equals("NoExecute"))) {
        return;
      }
    }
    tolerations
        .addObject()
        .put("key", taint)
        .put("operator", "Exists")
        .put("effect", "NoExecute")
        .put("tolerationSeconds", LOST_NODE_SECONDS);
  }

  private static String qualityOfService(JsonNode spec) {
    boolean any = false;
    boolean all = true;
    for (JsonNode container : Json.items(spec, "containers")) {
      JsonNode limits = container.path("resources").path("limits");
      JsonNode requests = container.path("resources").path("requests");
      any |= !limits.isEmpty() || !requests.isEmpty();
      all &=
          limits.has("cpu")
              && limits.has("memory")
              && Json.same(limits.get("cpu"), requests.get("cpu"))
              && Json.same(limits.get("memory"), requests.get("memory"));
    }
    return !any ? "BestEffort" : all ? "Guaranteed" : "Burstable";
  }

  @Override
  public List<FieldError> check(ObjectNode pod) {
    return checkSpec(pod.path("spec"), "spec");
  }

  /// Mistakes in a Pod's spec; templates are judged by the same rules.
  static List<FieldError> checkSpec(JsonNode spec, String path) {
    var errors = new ArrayList<FieldError>();
    if (Json.items(spec, "containers").isEmpty()) {
      errors.add(FieldError.required(path + ".containers", ""));
    }
    Set<String> volumes = new HashSet<>();
    Json.items(spec, "volumes").forEach(each -> volumes.add(Json.text(each, "name")));
    Set<String> names = new HashSet<>();
    for (String list : List.of("initContainers", "containers")) {
      List<JsonNode> containers = Json.items(spec, list);
      for (int i = 0; i < containers.size(); i++) {
        String here = path + "." + list + "[" + i + "]";
        checkContainer(containers.get(i), here, volumes, names, errors);
      }
    }
    return errors;
  }

  private static void checkContainer(
      JsonNode container,
      String path,
      Set<String> volumes,
      Set<String> names,
      List<FieldError> errors) {
    String name = Json.text(container, "name");
    if (!name.matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")) {
      errors.add(
          FieldError.invalid(
              path + ".name", name, "a lowercase RFC 1123 label of at most 63 characters"));
    }
    if (!names.add(name)) {
      errors.add(FieldError.duplicate(path + ".name", container.path("name")));
    }
    if (Json.text(container, "image").isEmpty()) {
      errors.add(FieldError.required(path + ".image", ""));
    }
    List<JsonNode> mounts = Json.items(container, "volumeMounts");
    for (int i = 0; i < mounts.size(); i++) {
      if (!volumes.contains(Json.text(mounts.get(i), "name"))) {
        errors.add(
            new FieldError(
                path + ".volumeMounts[" + i + "].name",
                FieldError.Kind.INVALID,
                "Not found: \"" + Json.text(mounts.get(i), "name") + "\""));
      }
    }
  }

  @Override
  public List<FieldError> checkUpdate(ObjectNode pod, ObjectNode before) {
    ObjectNode now = frozen(pod);
    ObjectNode then = frozen(before);
    return Json.same(now, then) ? List.of() : List.of(FieldError.forbidden("spec", FROZEN));
  }

  /// The part of a spec that never changes.
  private static ObjectNode frozen(ObjectNode pod) {
    ObjectNode spec = Json.with(pod.deepCopy(), "spec");
    spec.remove(List.of("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"));
    for (String list : List.of("containers", "initContainers")) {
      for (JsonNode each : Json.items(spec, list)) {
        ((ObjectNode) each).remove("image");
      }
    }
    return spec;
  }
}
