package io.kvorum.localkube.cel;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.NullableType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.cel.common.values.NullValue;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.Schema;
import io.kvorum.localkube.schema.Schema.JsonType;
import io.kvorum.localkube.schema.Schema.Trait;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The types and values of CEL that a schema and its values stand for.
@SuppressWarnings("Immutable") // filled while it is built, not changed afterwards
final class CelTypes implements CelTypeProvider {

  private final Map<String, CelType> structs = new LinkedHashMap<>();

  /// The type of values of this schema; objects with fields become structs of this provider.
  CelType type(Schema schema, String name) {
    if (schema.is(Trait.INT_OR_STRING) || schema.is(Trait.EMBEDDED_RESOURCE)) {
      return SimpleType.DYN;
    }
    CelType plain =
        switch (schema.type()) {
          case STRING -> text(schema.format());
          case INTEGER -> SimpleType.INT;
          case NUMBER -> SimpleType.DOUBLE;
          case BOOLEAN -> SimpleType.BOOL;
          case ARRAY -> ListType.create(items(schema, name));
          case OBJECT -> object(schema, name);
          case ANY -> SimpleType.DYN;
        };
    return schema.is(Trait.NULLABLE) && plain instanceof SimpleType
        ? NullableType.create(plain)
        : plain;
  }

  private static CelType text(String format) {
    return switch (format) {
      case "date-time" -> SimpleType.TIMESTAMP;
      case "duration" -> SimpleType.DURATION;
      default -> SimpleType.STRING;
    };
  }

  private CelType items(Schema schema, String name) {
    return schema.items() == null ? SimpleType.DYN : type(schema.items(), name + ".@items");
  }

  private CelType object(Schema schema, String name) {
    if (!schema.properties().isEmpty()) {
      return struct(schema, name);
    }
    if (schema.values() != null) {
      return MapType.create(SimpleType.STRING, type(schema.values(), name + ".@values"));
    }
    return SimpleType.DYN;
  }

  private CelType struct(Schema schema, String name) {
    var fields = new LinkedHashMap<String, CelType>();
    schema
        .properties()
        .forEach((field, type) ->
            CelNames.of(field)
                .ifPresent(escaped ->
                    fields.put(escaped, type(reachable(field, type), name + "." + field))));
    CelType struct =
        StructType.create(
            name,
            ImmutableSet.copyOf(fields.keySet()),
            field -> Optional.ofNullable(fields.get(field)));
    structs.put(name, struct);
    return struct;
  }

  /// Of metadata, rules see just the names.
  private static Schema reachable(String field, Schema type) {
    return field.equals("metadata") && type.definition().equals("meta.v1.ObjectMeta")
        ? type.only("name", "generateName")
        : type;
  }

  @Override
  public ImmutableCollection<CelType> types() {
    return ImmutableList.copyOf(structs.values());
  }

  @Override
  public Optional<CelType> findType(String name) {
    return Optional.ofNullable(structs.get(name));
  }

  /// A JSON value as CEL's own.
  static Object value(JsonNode node, Schema schema) {
    return switch (node.getNodeType()) {
      case OBJECT -> map(node, schema);
      case ARRAY -> list(node, schema);
      case STRING -> string(node.asText(), schema.format());
      case BOOLEAN -> node.asBoolean();
      case NUMBER ->
          schema.type() == JsonType.NUMBER || !node.canConvertToExactIntegral()
              ? (Object) node.asDouble()
              : (Object) node.asLong();
      default -> NullValue.NULL_VALUE;
    };
  }

  private static Object string(String text, String format) {
    if (format.equals("date-time")) {
      return OffsetDateTime.parse(text).toInstant();
    }
    return format.equals("duration") ? GoDuration.parse(text) : text;
  }

  private static List<Object> list(JsonNode node, Schema schema) {
    Schema items = schema.items() == null ? Schema.ANYTHING : schema.items();
    var list = new ArrayList<Object>();
    node.forEach(item -> list.add(value(item, items)));
    return list;
  }

  private static Map<String, Object> map(JsonNode node, Schema schema) {
    var map = new LinkedHashMap<String, Object>();
    for (Map.Entry<String, JsonNode> field : Json.fields(node)) {
      Schema type = schema.field(field.getKey());
      boolean property = schema.properties().containsKey(field.getKey());
      String name = property ? CelNames.of(field.getKey()).orElse("") : field.getKey();
      if (!name.isEmpty()) {
        map.put(name, value(field.getValue(), type == null ? Schema.ANYTHING : type));
      }
    }
    return map;
  }
}
