package io.kvorum.localkube.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a value may look like: Kubernetes' structural schema, for built-in and custom resources
/// alike.
///
/// @param definition the name under which OpenAPI shows this type, or "" when it stands inline
/// @param type the JSON type; `ANY` leaves it open
/// @param format OpenAPI's format, or ""
/// @param properties the known fields of an object, in their order
/// @param items the type of a list's elements
/// @param values the type of a map's values (additionalProperties)
/// @param merge how lists and maps merge
/// @param limits which values are refused
/// @param traits the rest that is either so or not
/// @param rules CEL rules on the value
/// @param defaultValue filled in when the value is absent
/// @param source the OpenAPI text this was read from, for custom resources
public record Schema(
    String definition,
    JsonType type,
    String format,
    Map<String, Schema> properties,
    @Nullable Schema items,
    @Nullable Schema values,
    Merge merge,
    Limits limits,
    Set<Trait> traits,
    List<Rule> rules,
    @Nullable JsonNode defaultValue,
    @Nullable ObjectNode source) {

  /// JSON's types as OpenAPI names them.
  public enum JsonType {
    OBJECT,
    ARRAY,
    STRING,
    INTEGER,
    NUMBER,
    BOOLEAN,
    ANY
  }

  /// Yes-or-no properties of a schema.
  public enum Trait {
    NULLABLE,
    /// Unknown fields stay (x-kubernetes-preserve-unknown-fields).
    PRESERVE_UNKNOWN,
    /// A whole object with apiVersion, kind and metadata.
    EMBEDDED_RESOURCE,
    INT_OR_STRING
  }

  /// How two values of one place become one.
  ///
  /// @param atomic the value changes only as a whole
  /// @param set a list of distinct scalars
  /// @param keys the fields that tell a list's elements apart; none for other lists
  /// @param patchKey the key of strategic merge patches, or ""
  /// @param retainKeys strategic patches may list the keys that stay
  public record Merge(
      boolean atomic, boolean set, List<String> keys, String patchKey, boolean retainKeys) {

    static final Merge NONE = new Merge(false, false, List.of(), "", false);

    public boolean map() {
      return !keys.isEmpty() && !atomic;
    }
  }

  /// The validations that a single value is judged by; absent bounds are null, absent sets empty.
  public record Limits(
      List<String> required,
      List<JsonNode> oneOfValues,
      String pattern,
      @Nullable Double minimum,
      @Nullable Double maximum,
      boolean exclusiveMinimum,
      boolean exclusiveMaximum,
      @Nullable Double multipleOf,
      Size length,
      Size items,
      Size fields,
      boolean unique,
      List<Schema> allOf,
      List<Schema> anyOf,
      List<Schema> oneOf,
      @Nullable Schema not) {

    static final Limits NONE =
        new Limits(
            List.of(), List.of(), "", null, null, false, false, null, Size.ANY, Size.ANY, Size.ANY,
            false, List.of(), List.of(), List.of(), null);

    Limits withRequired(List<String> names) {
      return new Limits(
          names,
          oneOfValues,
          pattern,
          minimum,
          maximum,
          exclusiveMinimum,
          exclusiveMaximum,
          multipleOf,
          length,
          items,
          fields,
          unique,
          allOf,
          anyOf,
          oneOf,
          not);
    }

    Limits withValues(List<JsonNode> allowed) {
      return new Limits(
          required,
          allowed,
          pattern,
          minimum,
          maximum,
          exclusiveMinimum,
          exclusiveMaximum,
          multipleOf,
          length,
          items,
          fields,
          unique,
          allOf,
          anyOf,
          oneOf,
          not);
    }
  }

  /// Inclusive bounds of a count.
  public record Size(long least, long most) {
    static final Size ANY = new Size(0, Long.MAX_VALUE);

    boolean holds(long count) {
      return count >= least && count <= most;
    }
  }

  /// One CEL rule (x-kubernetes-validations).
  ///
  /// @param optionalOldSelf the rule runs on creation too, with an empty optional as oldSelf
  public record Rule(
      String rule,
      String message,
      String messageExpression,
      String reason,
      String fieldPath,
      boolean optionalOldSelf) {}

  /// A schema that says nothing: everything is allowed and kept.
  public static final Schema ANYTHING =
      new Schema(
          "",
          JsonType.ANY,
          "",
          Map.of(),
          null,
          null,
          Merge.NONE,
          Limits.NONE,
          Set.of(Trait.PRESERVE_UNKNOWN),
          List.of(),
          null,
          null);

  public boolean is(Trait trait) {
    return traits.contains(trait);
  }

  /// The schema of a field of this object, or null when the field is unknown.
  public @Nullable Schema field(String name) {
    Schema known = properties.get(name);
    return known != null ? known : values;
  }

  Schema as(Merge other) {
    return new Schema(
        definition,
        type,
        format,
        properties,
        items,
        values,
        other,
        limits,
        traits,
        rules,
        defaultValue,
        source);
  }

  Schema withDefault(@Nullable JsonNode value) {
    return new Schema(
        definition,
        type,
        format,
        properties,
        items,
        values,
        merge,
        limits,
        traits,
        rules,
        value,
        source);
  }

  Schema limited(Limits other) {
    return new Schema(
        definition,
        type,
        format,
        properties,
        items,
        values,
        merge,
        other,
        traits,
        rules,
        defaultValue,
        source);
  }

  /// The same schema with just these fields.
  public Schema only(String... names) {
    var fields = new LinkedHashMap<String, Schema>();
    for (String name : names) {
      Schema field = properties.get(name);
      if (field != null) {
        fields.put(name, field);
      }
    }
    return new Schema(
        definition,
        type,
        format,
        fields,
        items,
        values,
        merge,
        limits,
        traits,
        rules,
        defaultValue,
        source);
  }

  /// The same schema with one more or another field.
  public Schema withField(String name, Schema field) {
    var fields = new LinkedHashMap<>(properties);
    fields.put(name, field);
    return new Schema(
        definition,
        type,
        format,
        fields,
        items,
        values,
        merge,
        limits,
        traits,
        rules,
        defaultValue,
        source);
  }
}
