package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.cel.CelRules;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.FieldError;
import io.kvorum.localkube.schema.Schema;
import io.kvorum.localkube.schema.SchemaReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Custom resource definitions: judged, accepted, and turned into resources.
final class Definitions implements KindRules {

  /// Compiled rules by the text of their schema, so that a restart of nothing recompiles nothing.
  private final Map<ObjectNode, Optional<CelRules>> compiled = new HashMap<>();

  @Override
  public void prepareCreate(ObjectNode definition) {
    accept(definition);
  }

  @Override
  public void prepareUpdate(ObjectNode definition, ObjectNode before) {
    accept(definition);
  }

  /// Fills in names and says that the definition is established: that happens at once here.
  private static void accept(ObjectNode definition) {
    ObjectNode names = Json.with(definition, "spec", "names");
    String kind = Json.text(names, "kind");
    if (!names.has("singular")) {
      names.put("singular", Json.lower(kind));
    }
    if (!names.has("listKind")) {
      names.put("listKind", kind + "List");
    }
    if (!Json.has(definition, "spec", "conversion")) {
      Json.with(definition, "spec", "conversion").put("strategy", "None");
    }
    ObjectNode status = Json.with(definition, "status");
    status.set("acceptedNames", names.deepCopy());
    Set<String> stored = new LinkedHashSet<>(Json.texts(status, "storedVersions"));
    stored.add(storage(definition));
    status.set("storedVersions", Json.strings(stored));
    if (!status.has("conditions")) {
      ArrayNode conditions = status.putArray("conditions");
      condition(conditions, "NamesAccepted", "NoConflicts", "no conflicts found");
      condition(
          conditions,
          "Established",
          "InitialNamesAccepted",
          "the initial names have been accepted");
    }
  }

  private static void condition(ArrayNode list, String type, String reason, String message) {
    list.addObject()
        .put("type", type)
        .put("status", "True")
        .put("lastTransitionTime", Metadata.now())
        .put("reason", reason)
        .put("message", message);
  }

  private static String storage(JsonNode definition) {
    return Json.items(definition, "spec", "versions").stream()
        .filter(version -> Json.flag(version, "storage"))
        .map(version -> Json.text(version, "name"))
        .findFirst()
        .orElse("");
  }

  @Override
  public List<FieldError> check(ObjectNode definition) {
    var errors = new ArrayList<FieldError>();
    String plural = Json.text(definition, "spec", "names", "plural");
    String group = Json.text(definition, "spec", "group");
    for (String[] each :
        List.of(
            new String[] {"spec.group", group},
            new String[] {"spec.names.plural", plural},
            new String[] {"spec.names.kind", Json.text(definition, "spec", "names", "kind")},
            new String[] {"spec.scope", Json.text(definition, "spec", "scope")})) {
      if (each[1].isEmpty()) {
        errors.add(FieldError.required(each[0], ""));
      }
    }
    String name = Json.text(definition, "metadata", "name");
    if (!name.equals(plural + "." + group)) {
      errors.add(
          FieldError.invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group"));
    }
    List<JsonNode> versions = Json.items(definition, "spec", "versions");
    if (versions.stream().filter(v -> Json.flag(v, "storage")).count() != 1) {
      errors.add(
          FieldError.invalid(
              "spec.versions",
              definition.path("spec").path("versions"),
              "must have exactly one version marked as storage version"));
    }
    for (int i = 0; i < versions.size(); i++) {
      checkVersion(versions.get(i), "spec.versions[" + i + "]", errors);
    }
    return errors;
  }

  private void checkVersion(JsonNode version, String path, List<FieldError> errors) {
    JsonNode source = Json.at(version, "schema", "openAPIV3Schema");
    String here = path + ".schema.openAPIV3Schema";
    if (!(source instanceof ObjectNode schema)) {
      errors.add(FieldError.required(here, "schemas are required"));
      return;
    }
    if (!Json.text(schema, "type").equals("object")) {
      errors.add(
          FieldError.invalid(
              here + ".type", Json.text(schema, "type"), "must be object at the root"));
    }
    structural(schema, here, errors);
    if (errors.isEmpty()) {
      rules(schema).ifPresent(rules -> errors.addAll(rules.mistakes()));
    }
  }

  /// Structural schemas name a type for every field, and put no type below a junctor.
  private static void structural(JsonNode schema, String path, List<FieldError> errors) {
    boolean open =
        Json.flag(schema, "x-kubernetes-preserve-unknown-fields")
            || Json.flag(schema, "x-kubernetes-int-or-string");
    if (!schema.has("type") && !open) {
      errors.add(
          FieldError.required(path + ".type", "must not be empty for specified object fields"));
    }
    if (schema.has("properties") && Json.at(schema, "additionalProperties") != null) {
      errors.add(
          FieldError.forbidden(
              path + ".additionalProperties",
              "additionalProperties and properties are mutual exclusive"));
    }
    for (Map.Entry<String, JsonNode> field : Json.fields(schema, "properties")) {
      structural(field.getValue(), path + ".properties[" + field.getKey() + "]", errors);
    }
    JsonNode items = Json.at(schema, "items");
    if (items != null) {
      structural(items, path + ".items", errors);
    }
    if (Json.at(schema, "additionalProperties") instanceof ObjectNode values) {
      structural(values, path + ".additionalProperties", errors);
    }
  }

  @Override
  public List<FieldError> checkUpdate(ObjectNode definition, ObjectNode before) {
    String was = Json.text(before, "spec", "scope");
    return Json.text(definition, "spec", "scope").equals(was)
        ? List.of()
        : List.of(
            FieldError.invalid(
                "spec.scope", definition.path("spec").path("scope"), "field is immutable"));
  }

  /// The resources that a definition adds: one for each served version.
  List<ResourceType> resources(ObjectNode definition) {
    var types = new ArrayList<ResourceType>();
    for (JsonNode version : Json.items(definition, "spec", "versions")) {
      if (Json.flag(version, "served")
          && Json.at(version, "schema", "openAPIV3Schema") instanceof ObjectNode source) {
        types.add(resource(definition, version, source));
      }
    }
    return types;
  }

  private ResourceType resource(ObjectNode definition, JsonNode version, ObjectNode source) {
    JsonNode spec = definition.path("spec");
    JsonNode names = spec.path("names");
    JsonNode scale = Json.at(version, "subresources", "scale");
    Set<String> subresources = new LinkedHashSet<>();
    if (Json.has(version, "subresources", "status")) {
      subresources.add("status");
    }
    if (scale != null) {
      subresources.add("scale");
    }
    return new ResourceType(
        Json.text(spec, "group"),
        Json.text(version, "name"),
        new ResourceType.Names(
            Json.text(names, "kind"),
            Json.text(names, "plural"),
            Json.text(names, "singular"),
            Json.texts(names, "shortNames"),
            Json.texts(names, "categories")),
        Json.text(spec, "scope").equals("Namespaced"),
        SchemaReader.readResource(source),
        subresources,
        ResourceType.ALL_VERBS,
        selectable(version),
        new ResourceType.Custom(
            Json.items(version, "additionalPrinterColumns"),
            scale,
            storage(definition),
            lazy(source)));
  }

  private static List<String> selectable(JsonNode version) {
    return Json.items(version, "selectableFields").stream()
        .map(each -> Json.text(each, "jsonPath").replaceFirst("^\\.", ""))
        .toList();
  }

  private Supplier<Optional<CelRules>> lazy(ObjectNode source) {
    return () -> rules(source);
  }

  private synchronized Optional<CelRules> rules(ObjectNode source) {
    return compiled.computeIfAbsent(source, Definitions::compile);
  }

  private static Optional<CelRules> compile(ObjectNode source) {
    Schema schema = SchemaReader.readResource(source);
    return CelRules.in(schema)
        ? Optional.of(CelRules.compile(schema, "schema.openAPIV3Schema"))
        : Optional.empty();
  }
}
