package io.kvorum.localkube.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.Schema.JsonType;
import io.kvorum.localkube.schema.Schema.Limits;
import io.kvorum.localkube.schema.Schema.Trait;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// Judges an object by its schema; CEL rules are judged elsewhere.
public final class Validation {

  /// Patterns come from schemas, which are few.
  private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();

  private final List<FieldError> errors = new ArrayList<>();

  private Validation() {}

  public static List<FieldError> check(JsonNode value, Schema schema, String path) {
    var validation = new Validation();
    validation.visit(value, schema, path);
    return validation.errors;
  }

  private void visit(JsonNode value, Schema schema, String path) {
    if (value.isNull()) {
      if (!schema.is(Trait.NULLABLE) && schema.type() != JsonType.ANY) {
        errors.add(wrongType(path, value, schema));
      }
      return;
    }
    if (!typed(value, schema)) {
      errors.add(wrongType(path, value, schema));
      return;
    }
    limits(value, schema, path);
    if (value instanceof ObjectNode object) {
      object(object, schema, path);
    } else if (value instanceof ArrayNode array) {
      array(array, schema, path);
    }
  }

  private static boolean typed(JsonNode value, Schema schema) {
    if (schema.is(Trait.INT_OR_STRING)) {
      return value.isNumber() || value.isTextual();
    }
    return switch (schema.type()) {
      case OBJECT -> value.isObject();
      case ARRAY -> value.isArray();
      case STRING -> value.isTextual();
      case BOOLEAN -> value.isBoolean();
      case NUMBER -> value.isNumber();
      case INTEGER -> value.isNumber() && value.canConvertToExactIntegral();
      case ANY -> true;
    };
  }

  private static FieldError wrongType(String path, JsonNode value, Schema schema) {
    String wanted = Json.lower(schema.type().name());
    String given = Json.lower(value.getNodeType().name());
    return FieldError.invalid(
        path, value, path + " in body must be of type " + wanted + ": \"" + given + "\"");
  }

  private void object(ObjectNode object, Schema schema, String path) {
    for (String name : schema.limits().required()) {
      if (!object.has(name)) {
        errors.add(FieldError.required(join(path, name), ""));
      }
    }
    if (!schema.limits().fields().holds(object.size())) {
      errors.add(
          FieldError.invalid(path, object, path + " in body has a wrong number of properties"));
    }
    for (Map.Entry<String, JsonNode> field : Json.fields(object)) {
      Schema type = schema.field(field.getKey());
      if (type != null) {
        visit(field.getValue(), type, join(path, field.getKey()));
      }
    }
  }

  private void array(ArrayNode array, Schema schema, String path) {
    Schema.Size size = schema.limits().items();
    if (array.size() < size.least()) {
      errors.add(
          FieldError.invalid(
              path, array, path + " in body should have at least " + size.least() + " items"));
    }
    if (array.size() > size.most()) {
      errors.add(
          FieldError.invalid(
              path, array, path + " in body should have at most " + size.most() + " items"));
    }
    Set<JsonNode> seen = new HashSet<>();
    for (int i = 0; i < array.size(); i++) {
      JsonNode item = array.get(i);
      String here = path + "[" + i + "]";
      if (schema.items() != null) {
        visit(item, schema.items(), here);
      }
      if (distinct(schema) && !seen.add(identity(item, schema))) {
        errors.add(FieldError.duplicate(here, item));
      }
    }
  }

  private static boolean distinct(Schema schema) {
    return schema.merge().set() || schema.merge().map() || schema.limits().unique();
  }

  /// What tells an element of a list apart from the others.
  private static JsonNode identity(JsonNode item, Schema schema) {
    if (!schema.merge().map()) {
      return item;
    }
    ObjectNode key = Json.object();
    for (String name : schema.merge().keys()) {
      JsonNode part = Json.at(item, name);
      if (part != null) {
        key.set(name, part);
      }
    }
    return key;
  }

  private void limits(JsonNode value, Schema schema, String path) {
    Limits limits = schema.limits();
    if (!limits.oneOfValues().isEmpty()
        && limits.oneOfValues().stream().noneMatch(allowed -> Json.same(allowed, value))) {
      errors.add(FieldError.unsupported(path, value, limits.oneOfValues()));
    }
    if (value.isTextual()) {
      text(value, schema, path);
    } else if (value.isNumber()) {
      number(value, limits, path);
    }
    junctors(value, limits, path);
  }

  private void text(JsonNode value, Schema schema, String path) {
    Limits limits = schema.limits();
    String text = value.asText();
    int length = text.codePointCount(0, text.length());
    if (length < limits.length().least()) {
      errors.add(
          FieldError.invalid(
              path,
              value,
              path + " in body should be at least " + limits.length().least() + " chars long"));
    }
    if (length > limits.length().most()) {
      errors.add(
          FieldError.invalid(
              path, value, "may not be more than " + limits.length().most() + " bytes"));
    }
    if (!limits.pattern().isEmpty() && !pattern(limits.pattern()).matcher(text).find()) {
      errors.add(
          FieldError.invalid(
              path, value, path + " in body should match '" + limits.pattern() + "'"));
    }
    if (!formatted(text, schema.format())) {
      errors.add(
          FieldError.invalid(path, value, path + " in body must be of type " + schema.format()));
    }
  }

  private static Pattern pattern(String text) {
    return PATTERNS.computeIfAbsent(text, Pattern::compile);
  }

  private static boolean formatted(String text, String format) {
    return switch (format) {
      case "date-time" -> isTime(text);
      case "quantity" -> Quantity.parse(text).isPresent();
      default -> true;
    };
  }

  private static boolean isTime(String text) {
    try {
      OffsetDateTime.parse(text);
      return true;
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  private void number(JsonNode value, Limits limits, String path) {
    double number = value.asDouble();
    Double least = limits.minimum();
    if (least != null && (number < least || (limits.exclusiveMinimum() && number == least))) {
      String relation = limits.exclusiveMinimum() ? "greater than " : "greater than or equal to ";
      errors.add(
          FieldError.invalid(path, value, path + " in body should be " + relation + plain(least)));
    }
    Double most = limits.maximum();
    if (most != null && (number > most || (limits.exclusiveMaximum() && number == most))) {
      String relation = limits.exclusiveMaximum() ? "less than " : "less than or equal to ";
      errors.add(
          FieldError.invalid(path, value, path + " in body should be " + relation + plain(most)));
    }
    Double factor = limits.multipleOf();
    if (factor != null && Math.abs(Math.IEEEremainder(number, factor)) > 1e-9) {
      errors.add(
          FieldError.invalid(
              path, value, path + " in body should be a multiple of " + plain(factor)));
    }
  }

  private static String plain(double number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
  }

  private void junctors(JsonNode value, Limits limits, String path) {
    for (Schema each : limits.allOf()) {
      visit(value, each, path);
    }
    if (!limits.anyOf().isEmpty() && limits.anyOf().stream().noneMatch(s -> fits(value, s))) {
      errors.add(
          FieldError.invalid(
              path, value, path + " in body must validate at least one schema (anyOf)"));
    }
    if (!limits.oneOf().isEmpty()
        && limits.oneOf().stream().filter(s -> fits(value, s)).count() != 1) {
      errors.add(
          FieldError.invalid(
              path, value, path + " in body must validate one and only one schema (oneOf)"));
    }
    if (limits.not() != null && fits(value, limits.not())) {
      errors.add(
          FieldError.invalid(path, value, path + " in body must not validate the schema (not)"));
    }
  }

  private static boolean fits(JsonNode value, Schema schema) {
    return check(value, schema, "").isEmpty();
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
