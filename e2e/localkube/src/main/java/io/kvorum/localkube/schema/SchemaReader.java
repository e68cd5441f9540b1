package io.kvorum.localkube.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.Schema.JsonType;
import io.kvorum.localkube.schema.Schema.Limits;
import io.kvorum.localkube.schema.Schema.Merge;
import io.kvorum.localkube.schema.Schema.Rule;
import io.kvorum.localkube.schema.Schema.Size;
import io.kvorum.localkube.schema.Schema.Trait;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the `openAPIV3Schema` of a custom resource definition.
public final class SchemaReader {

  private SchemaReader() {}

  /// The schema of whole objects: what the definition says, and Kubernetes' own metadata.
  public static Schema readResource(ObjectNode source) {
    Schema read = read(source);
    Schema metadata = BuiltinTypes.type("meta.v1.ObjectMeta");
    Schema text = BuiltinTypes.text();
    Schema stated = read.properties().get("metadata");
    Schema named = stated == null ? null : stated.properties().get("name");
    return read.withField("apiVersion", text)
        .withField("kind", text)
        .withField("metadata", named == null ? metadata : metadata.withField("name", named));
  }

  public static Schema read(ObjectNode source) {
    var properties = new LinkedHashMap<String, Schema>();
    Json.fields(source, "properties")
        .forEach(field -> properties.put(field.getKey(), child(field.getValue())));
    JsonNode additional = Json.at(source, "additionalProperties");
    Schema values =
        additional == null || (additional.isBoolean() && !additional.asBoolean())
            ? null
            : child(additional);
    JsonNode items = Json.at(source, "items");
    return new Schema(
        "",
        type(source),
        Json.text(source, "format"),
        properties,
        items == null ? null : child(items),
        values,
        merge(source),
        limits(source),
        traits(source),
        Json.items(source, "x-kubernetes-validations").stream().map(SchemaReader::rule).toList(),
        Json.at(source, "default"),
        source);
  }

  private static Schema child(JsonNode node) {
    return node instanceof ObjectNode object && !object.isEmpty() ? read(object) : Schema.ANYTHING;
  }

  private static JsonType type(ObjectNode source) {
    return switch (Json.text(source, "type")) {
      case "object" -> JsonType.OBJECT;
      case "array" -> JsonType.ARRAY;
      case "string" -> JsonType.STRING;
      case "integer" -> JsonType.INTEGER;
      case "number" -> JsonType.NUMBER;
      case "boolean" -> JsonType.BOOLEAN;
      default -> JsonType.ANY;
    };
  }

  private static Merge merge(ObjectNode source) {
    String list = Json.text(source, "x-kubernetes-list-type");
    List<String> keys = Json.texts(source, "x-kubernetes-list-map-keys");
    boolean atomic =
        list.equals("atomic")
            || (list.isEmpty() && Json.text(source, "type").equals("array"))
            || Json.text(source, "x-kubernetes-map-type").equals("atomic");
    return new Merge(atomic, list.equals("set"), list.equals("map") ? keys : List.of(), "", false);
  }

  private static Set<Trait> traits(ObjectNode source) {
    Set<Trait> traits = EnumSet.noneOf(Trait.class);
    Map<String, Trait> flags =
        Map.of(
            "nullable", Trait.NULLABLE,
            "x-kubernetes-preserve-unknown-fields", Trait.PRESERVE_UNKNOWN,
            "x-kubernetes-embedded-resource", Trait.EMBEDDED_RESOURCE,
            "x-kubernetes-int-or-string", Trait.INT_OR_STRING);
    flags.forEach((name, trait) -> {
      if (Json.flag(source, name)) {
        traits.add(trait);
      }
    });
    return traits;
  }

  private static Rule rule(JsonNode node) {
    return new Rule(
        Json.text(node, "rule").strip(),
        Json.text(node, "message"),
        Json.text(node, "messageExpression"),
        Json.text(node, "reason"),
        Json.text(node, "fieldPath"),
        Json.flag(node, "optionalOldSelf"));
  }

  private static Limits limits(ObjectNode source) {
    JsonNode not = Json.at(source, "not");
    return new Limits(
        Json.texts(source, "required"),
        Json.items(source, "enum"),
        Json.text(source, "pattern"),
        bound(source, "minimum"),
        bound(source, "maximum"),
        Json.flag(source, "exclusiveMinimum"),
        Json.flag(source, "exclusiveMaximum"),
        bound(source, "multipleOf"),
        size(source, "minLength", "maxLength"),
        size(source, "minItems", "maxItems"),
        size(source, "minProperties", "maxProperties"),
        Json.flag(source, "uniqueItems"),
        several(source, "allOf"),
        several(source, "anyOf"),
        several(source, "oneOf"),
        not == null ? null : child(not));
  }

  private static @Nullable Double bound(ObjectNode source, String name) {
    JsonNode found = Json.at(source, name);
    return found == null ? null : found.asDouble();
  }

  private static Size size(ObjectNode source, String least, String most) {
    return new Size(Json.number(source, 0, least), Json.number(source, Long.MAX_VALUE, most));
  }

  private static List<Schema> several(ObjectNode source, String name) {
    return Json.items(source, name).stream().map(SchemaReader::child).toList();
  }
}
