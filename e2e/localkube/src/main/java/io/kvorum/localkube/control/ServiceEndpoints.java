package io.kvorum.localkube.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.Disruptions;
import io.kvorum.localkube.api.Selector;
import io.kvorum.localkube.json.Json;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/// Writes which Pods stand behind each Service: as Endpoints, and as an EndpointSlice.
final class ServiceEndpoints implements Controller {

  private static final String SLICES = "endpointslices.discovery.k8s.io";

  private final Objects objects;

  ServiceEndpoints(Objects objects) {
    this.objects = objects;
  }

  @Override
  public Duration reconcile() {
    for (ObjectNode service : objects.all("services")) {
      JsonNode selector = Json.at(service, "spec", "selector");
      if (selector != null && !selector.isEmpty() && !Objects.ending(service)) {
        List<ObjectNode> pods = behind(service, selector);
        put("endpoints", service, Objects.name(service), endpoints(service, pods));
        put(SLICES, service, Objects.name(service), slice(service, pods));
      }
    }
    return NO_HURRY;
  }

  private List<ObjectNode> behind(ObjectNode service, JsonNode selector) {
    Selector labels = Selector.ofLabels(selector);
    return objects.in("pods", Objects.namespace(service)).stream()
        .filter(labels::selects)
        .filter(pod -> !Json.text(pod, "status", "podIP").isEmpty())
        .filter(pod -> {
          String phase = Json.text(pod, "status", "phase");
          return !phase.equals("Failed") && !phase.equals("Succeeded");
        })
        .sorted(Comparator.comparing(Objects::name))
        .toList();
  }

  private void put(String resource, ObjectNode service, String name, ObjectNode content) {
    ObjectNode known = objects.get(resource, Objects.namespace(service), name).orElse(null);
    if (known == null) {
      ObjectNode object = content.deepCopy();
      ObjectNode metadata = object.putObject("metadata");
      metadata.put("name", name).put("namespace", Objects.namespace(service));
      metadata.putObject("labels").put("kubernetes.io/service-name", Objects.name(service));
      metadata.putArray("ownerReferences").add(Objects.controlledBy(service));
      objects.create(resource, object);
      return;
    }
    boolean same =
        Json.fields(content).stream()
            .allMatch(each -> Json.same(known.get(each.getKey()), each.getValue()));
    if (!same) {
      objects.change(resource, known, now -> now.setAll(content));
    }
  }

  private static ObjectNode endpoints(ObjectNode service, List<ObjectNode> pods) {
    ObjectNode content = Json.object();
    ArrayNode subsets = content.putArray("subsets");
    if (pods.isEmpty()) {
      return content;
    }
    ObjectNode subset = subsets.addObject();
    boolean all = Json.flag(service, "spec", "publishNotReadyAddresses");
    for (ObjectNode pod : pods) {
      boolean ready = all || (Disruptions.ready(pod) && !Objects.ending(pod));
      ObjectNode address =
          Json.withArray(subset, ready ? "addresses" : "notReadyAddresses").addObject();
      address.put("ip", Json.text(pod, "status", "podIP"));
      hostname(service, pod, address);
      address.put("nodeName", Json.text(pod, "spec", "nodeName"));
      address.set("targetRef", reference(pod));
    }
    ArrayNode ports = subset.putArray("ports");
    for (JsonNode port : Json.items(service, "spec", "ports")) {
      ports.add(port(port, pods.getFirst()));
    }
    return content;
  }

  private static void hostname(ObjectNode service, ObjectNode pod, ObjectNode address) {
    String hostname = Json.text(pod, "spec", "hostname");
    if (!hostname.isEmpty() && Json.text(pod, "spec", "subdomain").equals(Objects.name(service))) {
      address.put("hostname", hostname);
    }
  }

  private static ObjectNode reference(ObjectNode pod) {
    ObjectNode reference = Json.object();
    reference.put("kind", "Pod");
    reference.put("namespace", Objects.namespace(pod));
    reference.put("name", Objects.name(pod));
    reference.put("uid", Objects.uid(pod));
    return reference;
  }

  private static ObjectNode port(JsonNode servicePort, ObjectNode pod) {
    ObjectNode port = Json.object();
    String name = Json.text(servicePort, "name");
    if (!name.isEmpty()) {
      port.put("name", name);
    }
    port.put("port", number(servicePort, pod));
    port.put("protocol", Json.text(servicePort, "protocol"));
    return port;
  }

  /// The container's port that a Service's port leads to, which may be named.
  static long number(JsonNode servicePort, JsonNode pod) {
    JsonNode target = servicePort.path("targetPort");
    if (target.isNumber()) {
      return target.asLong();
    }
    for (JsonNode container : Json.items(pod, "spec", "containers")) {
      for (JsonNode port : Json.items(container, "ports")) {
        if (Json.text(port, "name").equals(target.asText())) {
          return Json.number(port, 0, "containerPort");
        }
      }
    }
    return target.asLong(Json.number(servicePort, 0, "port"));
  }

  private static ObjectNode slice(ObjectNode service, List<ObjectNode> pods) {
    ObjectNode content = Json.object();
    content.put("addressType", "IPv4");
    ArrayNode endpoints = content.putArray("endpoints");
    boolean all = Json.flag(service, "spec", "publishNotReadyAddresses");
    for (ObjectNode pod : pods) {
      boolean serving = Disruptions.ready(pod);
      ObjectNode endpoint = endpoints.addObject();
      endpoint.set("addresses", Json.strings(List.of(Json.text(pod, "status", "podIP"))));
      endpoint
          .putObject("conditions")
          .put("ready", all || (serving && !Objects.ending(pod)))
          .put("serving", serving)
          .put("terminating", Objects.ending(pod));
      hostname(service, pod, endpoint);
      endpoint.put("nodeName", Json.text(pod, "spec", "nodeName"));
      endpoint.set("targetRef", reference(pod));
    }
    ArrayNode ports = content.putArray("ports");
    if (!pods.isEmpty()) {
      for (JsonNode port : Json.items(service, "spec", "ports")) {
        ObjectNode each = port(port, pods.getFirst());
        if (!each.has("name")) {
          each.put("name", "");
        }
        ports.add(each);
      }
    }
    return content;
  }
}
