package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Which columns kubectl shows for which resource.
final class Columns {

  private static final Map<String, String> ACCESS_MODES =
      Map.of(
          "ReadWriteOnce", "RWO",
          "ReadOnlyMany", "ROX",
          "ReadWriteMany", "RWX",
          "ReadWriteOncePod", "RWOP");

  private static final String NONE = "<none>";

  private Columns() {}

  static List<Column> of(ResourceType type) {
    if (type.custom() != null) {
      return custom(type.custom().printerColumns());
    }
    return switch (type.qualified()) {
      case "pods" -> PodColumns.all();
      case "nodes" -> nodes();
      case "services" -> services();
      case "persistentvolumeclaims" -> claims();
      case "persistentvolumes" -> volumes();
      case "deployments.apps" -> deployments();
      case "replicasets.apps" -> replicaSets();
      case "events" -> events("involvedObject", "message");
      case "events.events.k8s.io" -> events("regarding", "note");
      case "namespaces" ->
          List.of(Column.NAME, Column.path("Status", "status", "phase"), Column.AGE);
      case "configmaps" ->
          List.of(
              Column.NAME,
              Column.count("Data", o -> (long) size(o, "data") + size(o, "binaryData")),
              Column.AGE);
      case "secrets" ->
          List.of(
              Column.NAME,
              Column.path("Type", "type"),
              Column.count("Data", o -> (long) size(o, "data")),
              Column.AGE);
      case "serviceaccounts" ->
          List.of(
              Column.NAME,
              Column.count("Secrets", o -> (long) Json.items(o, "secrets").size()),
              Column.AGE);
      case "endpoints" ->
          List.of(Column.NAME, Column.of("Endpoints", Columns::endpoints), Column.AGE);
      case "endpointslices.discovery.k8s.io" -> slices();
      case "leases.coordination.k8s.io" ->
          List.of(Column.NAME, Column.path("Holder", "spec", "holderIdentity"), Column.AGE);
      case "poddisruptionbudgets.policy" -> budgets();
      case "storageclasses.storage.k8s.io" -> storageClasses();
      case "customresourcedefinitions.apiextensions.k8s.io" ->
          List.of(Column.NAME, Column.path("Created At", "metadata", "creationTimestamp"));
      case "roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io" ->
          List.of(Column.NAME, Column.path("Created At", "metadata", "creationTimestamp"));
      case "rolebindings.rbac.authorization.k8s.io",
          "clusterrolebindings.rbac.authorization.k8s.io" ->
          List.of(
              Column.NAME,
              Column.of(
                  "Role",
                  o -> Json.text(o, "roleRef", "kind") + "/" + Json.text(o, "roleRef", "name")),
              Column.AGE);
      default -> List.of(Column.NAME, Column.AGE);
    };
  }

  private static List<Column> custom(List<JsonNode> printed) {
    var columns = new ArrayList<Column>();
    columns.add(Column.NAME);
    printed.forEach(each -> columns.add(Column.custom(each)));
    if (printed.isEmpty()) {
      columns.add(Column.AGE);
    }
    return columns;
  }

  private static int size(ObjectNode object, String field) {
    return Json.fields(object, field).size();
  }

  private static String orNone(String text) {
    return text.isEmpty() ? NONE : text;
  }

  private static List<Column> nodes() {
    return List.of(
        Column.NAME,
        Column.of("Status", Columns::nodeStatus),
        Column.of("Roles", _ -> NONE),
        Column.AGE,
        Column.path("Version", "status", "nodeInfo", "kubeletVersion"),
        Column.of("Internal-IP", o -> orNone(address(o, "InternalIP"))).wide(),
        Column.of("External-IP", o -> orNone(address(o, "ExternalIP"))).wide(),
        Column.path("OS-Image", "status", "nodeInfo", "osImage").wide(),
        Column.path("Kernel-Version", "status", "nodeInfo", "kernelVersion").wide(),
        Column.path("Container-Runtime", "status", "nodeInfo", "containerRuntimeVersion").wide());
  }

  private static String nodeStatus(ObjectNode node) {
    String ready = "Unknown";
    for (JsonNode each : Json.items(node, "status", "conditions")) {
      if (Json.text(each, "type").equals("Ready")) {
        ready = Json.text(each, "status").equals("True") ? "Ready" : "NotReady";
      }
    }
    return Json.flag(node, "spec", "unschedulable") ? ready + ",SchedulingDisabled" : ready;
  }

  private static String address(ObjectNode node, String type) {
    return Json.items(node, "status", "addresses").stream()
        .filter(each -> Json.text(each, "type").equals(type))
        .map(each -> Json.text(each, "address"))
        .findFirst()
        .orElse("");
  }

  private static List<Column> services() {
    return List.of(
        Column.NAME,
        Column.path("Type", "spec", "type"),
        Column.of("Cluster-IP", o -> orNone(Json.text(o, "spec", "clusterIP"))),
        Column.of("External-IP", o -> orNone(Json.text(o, "spec", "externalName"))),
        Column.of("Port(s)", Columns::ports),
        Column.AGE,
        Column.of("Selector", o -> orNone(labels(o.path("spec").path("selector")))).wide());
  }

  private static String ports(ObjectNode service) {
    String ports =
        Json.items(service, "spec", "ports").stream()
            .map(each -> Json.text(each, "port") + "/" + Json.text(each, "protocol"))
            .collect(Collectors.joining(","));
    return orNone(ports);
  }

  private static String labels(JsonNode labels) {
    return Json.fields(labels).stream()
        .map(each -> each.getKey() + "=" + each.getValue().asText())
        .collect(Collectors.joining(","));
  }

  private static String modes(ObjectNode object) {
    return Json.texts(object, "spec", "accessModes").stream()
        .map(mode -> ACCESS_MODES.getOrDefault(mode, mode))
        .collect(Collectors.joining(","));
  }

  private static List<Column> claims() {
    return List.of(
        Column.NAME,
        Column.of(
            "Status",
            o ->
                Json.has(o, "metadata", "deletionTimestamp")
                    ? "Terminating"
                    : Json.text(o, "status", "phase")),
        Column.path("Volume", "spec", "volumeName"),
        Column.path("Capacity", "status", "capacity", "storage"),
        Column.of(
            "Access Modes", o -> Json.text(o, "spec", "volumeName").isEmpty() ? "" : modes(o)),
        Column.path("StorageClass", "spec", "storageClassName"),
        Column.AGE,
        Column.path("VolumeMode", "spec", "volumeMode").wide());
  }

  private static List<Column> volumes() {
    return List.of(
        Column.NAME,
        Column.path("Capacity", "spec", "capacity", "storage"),
        Column.of("Access Modes", Columns::modes),
        Column.path("Reclaim Policy", "spec", "persistentVolumeReclaimPolicy"),
        Column.of(
            "Status",
            o ->
                Json.has(o, "metadata", "deletionTimestamp")
                    ? "Terminating"
                    : Json.text(o, "status", "phase")),
        Column.of(
            "Claim",
            o ->
                Json.has(o, "spec", "claimRef")
                    ? Json.text(o, "spec", "claimRef", "namespace")
                        + "/"
                        + Json.text(o, "spec", "claimRef", "name")
                    : ""),
        Column.path("StorageClass", "spec", "storageClassName"),
        Column.path("Reason", "status", "reason"),
        Column.AGE,
        Column.path("VolumeMode", "spec", "volumeMode").wide());
  }

  private static List<Column> deployments() {
    return List.of(
        Column.NAME,
        Column.of(
            "Ready",
            o ->
                Json.number(o, 0, "status", "readyReplicas")
                    + "/"
                    + Json.number(o, 1, "spec", "replicas")),
        Column.countAt("Up-to-date", "status", "updatedReplicas"),
        Column.countAt("Available", "status", "availableReplicas"),
        Column.AGE,
        containers("Containers", "name"),
        containers("Images", "image"),
        selector());
  }

  private static List<Column> replicaSets() {
    return List.of(
        Column.NAME,
        Column.countAt("Desired", "spec", "replicas"),
        Column.countAt("Current", "status", "replicas"),
        Column.countAt("Ready", "status", "readyReplicas"),
        Column.AGE,
        containers("Containers", "name"),
        containers("Images", "image"),
        selector());
  }

  private static Column containers(String name, String field) {
    return Column.of(
            name,
            o ->
                Json.items(o, "spec", "template", "spec", "containers").stream()
                    .map(each -> Json.text(each, field))
                    .collect(Collectors.joining(",")))
        .wide();
  }

  private static Column selector() {
    return Column.of("Selector", o -> orNone(Scales.text(o.path("spec").path("selector")))).wide();
  }

  private static List<Column> events(String about, String message) {
    return List.of(
        Column.of("Last Seen", Columns::lastSeen),
        Column.path("Type", "type"),
        Column.path("Reason", "reason"),
        Column.of(
            "Object",
            o -> Json.lower(Json.text(o, about, "kind")) + "/" + Json.text(o, about, "name")),
        Column.path("Subobject", about, "fieldPath").wide(),
        Column.path("Source", "source", "component").wide(),
        Column.of("Message", o -> Json.text(o, message).strip()),
        Column.of("First Seen", o -> Ages.since(Json.text(o, "firstTimestamp"))).wide(),
        Column.count("Count", o -> Json.number(o, 1, "count")).wide(),
        new Column("Name", "string", "name", "Name", 0, Column.NAME.cell()).wide());
  }

  private static String lastSeen(ObjectNode event) {
    for (String field : List.of("lastTimestamp", "deprecatedLastTimestamp", "eventTime")) {
      if (Json.has(event, field)) {
        return Ages.since(Json.text(event, field));
      }
    }
    return Ages.since(Json.text(event, "metadata", "creationTimestamp"));
  }

  private static String endpoints(ObjectNode endpoints) {
    var list = new ArrayList<String>();
    for (JsonNode subset : Json.items(endpoints, "subsets")) {
      for (JsonNode address : Json.items(subset, "addresses")) {
        for (JsonNode port : Json.items(subset, "ports")) {
          list.add(Json.text(address, "ip") + ":" + Json.text(port, "port"));
        }
      }
    }
    return shortened(list, ",", 3);
  }

  /// At most so many, and how many more there are.
  private static String shortened(List<String> list, String separator, int most) {
    if (list.size() <= most) {
      return orNone(String.join(separator, list));
    }
    return String.join(separator, list.subList(0, most))
        + String.format(Locale.ROOT, " + %d more...", list.size() - most);
  }

  private static List<Column> slices() {
    return List.of(
        Column.NAME,
        Column.path("AddressType", "addressType"),
        Column.of(
            "Ports",
            o ->
                orNone(
                    Json.items(o, "ports").stream()
                        .map(each -> Json.text(each, "port"))
                        .collect(Collectors.joining(",")))),
        Column.of(
            "Endpoints",
            o ->
                shortened(
                    Json.items(o, "endpoints").stream()
                        .flatMap(each -> Json.texts(each, "addresses").stream())
                        .toList(),
                    ",",
                    3)),
        Column.AGE);
  }

  private static List<Column> budgets() {
    return List.of(
        Column.NAME,
        Column.of("Min Available", o -> orNotApplicable(Json.text(o, "spec", "minAvailable"))),
        Column.of("Max Unavailable", o -> orNotApplicable(Json.text(o, "spec", "maxUnavailable"))),
        Column.countAt("Allowed Disruptions", "status", "disruptionsAllowed"),
        Column.AGE);
  }

  private static String orNotApplicable(String text) {
    return text.isEmpty() ? "N/A" : text;
  }

  private static List<Column> storageClasses() {
    return List.of(
        Column.of(
            "Name",
            o ->
                Json.text(o, "metadata", "name")
                    + (Json.text(
                                o,
                                "metadata",
                                "annotations",
                                "storageclass.kubernetes.io/is-default-class")
                            .equals("true")
                        ? " (default)"
                        : "")),
        Column.path("Provisioner", "provisioner"),
        Column.path("ReclaimPolicy", "reclaimPolicy"),
        Column.path("VolumeBindingMode", "volumeBindingMode"),
        Column.of(
            "AllowVolumeExpansion", o -> Boolean.toString(Json.flag(o, "allowVolumeExpansion"))),
        Column.AGE);
  }
}
