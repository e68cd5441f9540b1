package io.kvorum.localkube.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.Catalogue;
import io.kvorum.localkube.api.ResourceType;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.BuiltinTypes;
import io.kvorum.localkube.schema.Schema;
import io.kvorum.localkube.schema.Schema.Trait;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// The schemas of all resources as OpenAPI documents: version 2 in one piece, version 3 by group.
final class OpenApi {

  private static final String KIND = "x-kubernetes-group-version-kind";

  /// Groups whose own names are longer than those of their types' definitions.
  private static final String PREFIX = "io.k8s.api.";

  private final Catalogue catalogue;

  OpenApi(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  // ---- version 2 ----

  ObjectNode version2() {
    ObjectNode document = Json.object();
    document.put("swagger", "2.0");
    info(document);
    ObjectNode paths = document.putObject("paths");
    catalogue.all().forEach(type -> paths.set(path(type), operations(type)));
    ObjectNode definitions = document.putObject("definitions");
    definitions("#/definitions/").forEach(definitions::set);
    return document;
  }

  private static void info(ObjectNode document) {
    document
        .putObject("info")
        .put("title", "Kubernetes")
        .put("version", Discovery.KUBERNETES_VERSION);
  }

  // ---- version 3 ----

  ObjectNode version3Index() {
    ObjectNode index = Json.object();
    ObjectNode paths = index.putObject("paths");
    for (ResourceType type : catalogue.all()) {
      String path = groupPath(type);
      String hash = Integer.toHexString(catalogue.in(type.group(), type.version()).hashCode());
      paths.putObject(path).put("serverRelativeURL", "/openapi/v3/" + path + "?hash=" + hash);
    }
    return index;
  }

  /// The document of one group and version, such as `apis/apps/v1`.
  ObjectNode version3(String groupPath) {
    ObjectNode document = Json.object();
    document.put("openapi", "3.0.0");
    info(document);
    ObjectNode paths = document.putObject("paths");
    List<ResourceType> types =
        catalogue.all().stream().filter(type -> groupPath(type).equals(groupPath)).toList();
    types.forEach(type -> paths.set(path(type), operations(type)));
    ObjectNode schemas = document.putObject("components").putObject("schemas");
    definitions("#/components/schemas/").forEach(schemas::set);
    return document;
  }

  boolean hasGroup(String groupPath) {
    return catalogue.all().stream().anyMatch(type -> groupPath(type).equals(groupPath));
  }

  private static String groupPath(ResourceType type) {
    return type.group().isEmpty()
        ? "api/" + type.version()
        : "apis/" + type.group() + "/" + type.version();
  }

  // ---- paths ----

  private static String path(ResourceType type) {
    String scope = type.namespaced() ? "/namespaces/{namespace}" : "";
    return "/" + groupPath(type) + scope + "/" + type.plural() + "/{name}";
  }

  /// The patch operation tells kubectl which parameters the server understands.
  private static ObjectNode operations(ResourceType type) {
    ObjectNode item = Json.object();
    for (String method : List.of("get", "patch")) {
      ObjectNode operation = item.putObject(method);
      operation.put("x-kubernetes-action", method);
      operation.set(KIND, kind(type));
      ArrayNode parameters = operation.putArray("parameters");
      for (String name : List.of("dryRun", "fieldManager", "fieldValidation", "force")) {
        ObjectNode parameter = parameters.addObject();
        parameter.put("name", name).put("in", "query").put("type", "string");
        parameter.putObject("schema").put("type", name.equals("force") ? "boolean" : "string");
      }
      operation.putObject("responses").putObject("200").put("description", "OK");
    }
    return item;
  }

  private static ObjectNode kind(ResourceType type) {
    return Json.object()
        .put("group", type.group())
        .put("kind", type.kind())
        .put("version", type.version());
  }

  // ---- definitions ----

  private Map<String, ObjectNode> definitions(String reference) {
    var all = new TreeMap<String, ObjectNode>();
    BuiltinTypes.all().forEach((name, type) -> all.put(definition(name), built(type, reference)));
    for (ResourceType type : catalogue.all()) {
      String name = name(type);
      ObjectNode schema = all.computeIfAbsent(name, _ -> shown(type, reference));
      Json.withArray(schema, KIND).add(kind(type));
    }
    return all;
  }

  private static String definition(String builtin) {
    return builtin.startsWith("meta.v1.")
        ? "io.k8s.apimachinery.pkg.apis." + builtin
        : PREFIX + builtin;
  }

  private static String name(ResourceType type) {
    if (!type.schema().definition().isEmpty()) {
      return definition(type.schema().definition());
    }
    List<String> parts = new ArrayList<>(List.of(type.group().split("\\.")));
    Collections.reverse(parts);
    return String.join(".", parts) + "." + type.version() + "." + type.kind();
  }

  private static ObjectNode shown(ResourceType type, String reference) {
    ObjectNode source = type.schema().source();
    if (source == null) {
      return built(type.schema(), reference);
    }
    ObjectNode schema = source.deepCopy();
    ObjectNode properties = Json.with(schema, "properties");
    properties.putObject("apiVersion").put("type", "string");
    properties.putObject("kind").put("type", "string");
    properties.putObject("metadata").put("$ref", reference + definition("meta.v1.ObjectMeta"));
    return schema;
  }

  /// A schema in OpenAPI's notation; named types below it become references.
  private static ObjectNode built(Schema schema, String reference) {
    ObjectNode node = Json.object();
    String type = schema.type().name().toLowerCase(Locale.ROOT);
    if (schema.is(Trait.INT_OR_STRING)) {
      node.put("type", "string").put("format", "int-or-string");
    } else if (schema.type() != Schema.JsonType.ANY) {
      node.put("type", type);
      if (!schema.format().isEmpty()) {
        node.put("format", schema.format());
      }
    } else {
      node.put("type", "object");
      node.put("x-kubernetes-preserve-unknown-fields", true);
    }
    if (!schema.properties().isEmpty()) {
      ObjectNode properties = node.putObject("properties");
      schema.properties().forEach((name, field) -> properties.set(name, inner(field, reference)));
    }
    if (!schema.limits().required().isEmpty()) {
      node.set("required", Json.strings(schema.limits().required()));
    }
    if (!schema.limits().oneOfValues().isEmpty()) {
      node.putArray("enum").addAll(schema.limits().oneOfValues());
    }
    if (schema.items() != null) {
      node.set("items", inner(schema.items(), reference));
    }
    if (schema.values() != null) {
      node.set("additionalProperties", inner(schema.values(), reference));
    }
    merging(node, schema.merge());
    return node;
  }

  private static JsonNode inner(Schema schema, String reference) {
    if (schema.definition().isEmpty()) {
      return built(schema, reference);
    }
    return Json.object().put("$ref", reference + definition(schema.definition()));
  }

  private static void merging(ObjectNode node, Schema.Merge merge) {
    if (!merge.patchKey().isEmpty()) {
      node.put("x-kubernetes-patch-merge-key", merge.patchKey());
      node.put("x-kubernetes-patch-strategy", merge.retainKeys() ? "merge,retainKeys" : "merge");
    }
    if (merge.map()) {
      node.put("x-kubernetes-list-type", "map");
      node.set("x-kubernetes-list-map-keys", Json.strings(merge.keys()));
    } else if (merge.set()) {
      node.put("x-kubernetes-list-type", "set");
    }
  }
}
