package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.FieldError;
import java.util.ArrayList;
import java.util.List;

/// Deployments and ReplicaSets: their template is a Pod's, and their selector selects it for good.
final class WorkloadRules implements KindRules {

  @Override
  public void prepareCreate(ObjectNode workload) {
    prepare(workload);
  }

  @Override
  public void prepareUpdate(ObjectNode workload, ObjectNode before) {
    prepare(workload);
  }

  private static void prepare(ObjectNode workload) {
    PodRules.prepareSpec(Json.with(workload, "spec", "template", "spec"));
    JsonNode strategy = Json.at(workload, "spec", "strategy");
    if (strategy instanceof ObjectNode rolling
        && Json.text(strategy, "type").equals("RollingUpdate")) {
      ObjectNode bounds = Json.with(rolling, "rollingUpdate");
      for (String bound : List.of("maxSurge", "maxUnavailable")) {
        if (!bounds.has(bound)) {
          bounds.put(bound, "25%");
        }
      }
    }
  }

  @Override
  public List<FieldError> check(ObjectNode workload) {
    var errors = new ArrayList<FieldError>();
    JsonNode selector = workload.path("spec").path("selector");
    JsonNode template = workload.path("spec").path("template");
    if (Json.number(workload, 0, "spec", "replicas") < 0) {
      errors.add(
          FieldError.invalid(
              "spec.replicas",
              workload.path("spec").path("replicas"),
              "must be greater than or equal to 0"));
    }
    if (selector.isEmpty()) {
      errors.add(
          FieldError.invalid(
              "spec.selector", selector, "empty selector is invalid for deployment"));
    } else if (!Selector.ofObject(selector).selects(template)) {
      errors.add(
          FieldError.invalid(
              "spec.template.metadata.labels",
              template.path("metadata").path("labels"),
              "`selector` does not match template `labels`"));
    }
    errors.addAll(PodRules.checkSpec(template.path("spec"), "spec.template.spec"));
    return errors;
  }

  @Override
  public List<FieldError> checkUpdate(ObjectNode workload, ObjectNode before) {
    JsonNode selector = workload.path("spec").path("selector");
    return Json.same(selector, before.path("spec").path("selector"))
        ? List.of()
        : List.of(FieldError.invalid("spec.selector", selector, "field is immutable"));
  }
}
