package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.kvorum.localkube.json.Json;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/// One column of a printed table.
///
/// @param priority 0 shows always, 1 with `-o wide`
record Column(
    String name,
    String type,
    String format,
    String description,
    int priority,
    Function<ObjectNode, JsonNode> cell) {

  static final Column NAME =
      new Column("Name", "string", "name", "Name of the object", 0, text("metadata", "name"));

  static final Column AGE =
      of("Age", object -> Ages.since(Json.text(object, "metadata", "creationTimestamp")));

  static Column of(String name, Function<ObjectNode, String> cell) {
    return new Column(name, "string", "", name, 0, object -> new TextNode(cell.apply(object)));
  }

  static Column count(String name, Function<ObjectNode, Long> cell) {
    return new Column(name, "integer", "", name, 0, object -> number(cell.apply(object)));
  }

  static Column path(String name, String... path) {
    return of(name, object -> Json.text(object, path));
  }

  static Column countAt(String name, String... path) {
    return count(name, object -> Json.number(object, 0, path));
  }

  Column wide() {
    return new Column(name, type, format, description, 1, cell);
  }

  /// A printer column of a custom resource definition.
  static Column custom(JsonNode column) {
    String type = Json.text(column, "type");
    String path = Json.text(column, "jsonPath");
    return new Column(
        Json.text(column, "name"),
        type,
        Json.text(column, "format"),
        Json.text(column, "description"),
        (int) Json.number(column, 0, "priority"),
        object -> customCell(JsonPath.find(object, path), type));
  }

  private static JsonNode customCell(List<JsonNode> found, String type) {
    if (found.isEmpty()) {
      return NullNode.instance;
    }
    JsonNode first = found.getFirst();
    return switch (type) {
      case "date" -> new TextNode(Ages.since(first.asText()));
      case "integer" -> first.isNumber() ? number(first.asLong()) : NullNode.instance;
      case "number", "boolean" -> first;
      default -> new TextNode(found.stream().map(Column::plain).collect(Collectors.joining(",")));
    };
  }

  private static String plain(JsonNode node) {
    return node.isContainerNode() ? node.toString() : node.asText();
  }

  private static Function<ObjectNode, JsonNode> text(String... path) {
    return object -> new TextNode(Json.text(object, path));
  }

  private static JsonNode number(long value) {
    return value == (int) value ? new IntNode((int) value) : new LongNode(value);
  }

  ObjectNode definition() {
    ObjectNode node = Json.object();
    node.put("name", name);
    node.put("type", type);
    node.put("format", format);
    node.put("description", description);
    node.put("priority", priority);
    return node;
  }
}
