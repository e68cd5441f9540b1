package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.FieldError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BinaryOperator;

/// Services: their address, and ports that lead to themselves by default.
final class ServiceRules implements KindRules {

  /// Gives a Service its address, from namespace and name.
  private final BinaryOperator<String> addresses;

  ServiceRules(BinaryOperator<String> addresses) {
    this.addresses = addresses;
  }

  @Override
  public void prepareCreate(ObjectNode service) {
    ObjectNode spec = Json.with(service, "spec");
    ports(spec);
    if (Json.text(spec, "type").equals("ExternalName")) {
      return;
    }
    if (Json.text(spec, "clusterIP").isEmpty()) {
      spec.put(
          "clusterIP",
          addresses.apply(
              Json.text(service, "metadata", "namespace"), Json.text(service, "metadata", "name")));
    }
    families(spec);
    service.putObject("status").putObject("loadBalancer");
  }

  private static void families(ObjectNode spec) {
    spec.set("clusterIPs", Json.strings(List.of(Json.text(spec, "clusterIP"))));
    spec.set("ipFamilies", Json.strings(List.of("IPv4")));
    if (!spec.has("ipFamilyPolicy")) {
      spec.put("ipFamilyPolicy", "SingleStack");
    }
  }

  private static void ports(ObjectNode spec) {
    for (JsonNode each : Json.items(spec, "ports")) {
      if (each instanceof ObjectNode port && !port.has("targetPort") && port.has("port")) {
        port.set("targetPort", port.get("port"));
      }
    }
  }

  @Override
  public void prepareUpdate(ObjectNode service, ObjectNode before) {
    ObjectNode spec = Json.with(service, "spec");
    ports(spec);
    for (String kept : List.of("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")) {
      JsonNode old = before.path("spec").get(kept);
      if (!spec.has(kept) && old != null) {
        spec.set(kept, old);
      }
    }
  }

  @Override
  public List<FieldError> check(ObjectNode service) {
    var errors = new ArrayList<FieldError>();
    List<JsonNode> ports = Json.items(service, "spec", "ports");
    boolean headless = Json.text(service, "spec", "clusterIP").equals("None");
    if (ports.isEmpty()
        && !headless
        && !Json.text(service, "spec", "type").equals("ExternalName")) {
      errors.add(FieldError.required("spec.ports", ""));
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < ports.size(); i++) {
      String name = Json.text(ports.get(i), "name");
      String path = "spec.ports[" + i + "]";
      if (ports.size() > 1 && name.isEmpty()) {
        errors.add(FieldError.required(path + ".name", ""));
      } else if (!names.add(name)) {
        errors.add(FieldError.duplicate(path + ".name", ports.get(i).path("name")));
      }
      long number = Json.number(ports.get(i), 0, "port");
      if (number < 1 || number > 65_535) {
        errors.add(
            FieldError.invalid(
                path + ".port",
                ports.get(i).path("port"),
                "must be between 1 and 65535, inclusive"));
      }
    }
    return errors;
  }

  @Override
  public List<FieldError> checkUpdate(ObjectNode service, ObjectNode before) {
    String old = Json.text(before, "spec", "clusterIP");
    JsonNode now = service.path("spec").path("clusterIP");
    return old.isEmpty() || now.asText().equals(old)
        ? List.of()
        : List.of(FieldError.invalid("spec.clusterIPs[0]", now, "may not change once set"));
  }
}
