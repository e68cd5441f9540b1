package io.kvorum.localkube.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Short names for what is done with JSON trees all over this module.
///
/// An absent field and JSON null both read as absent.
public final class Json {

  /// Tells numbers apart by value: `1` read from text equals `1L` put by code.
  private static final Comparator<JsonNode> BY_VALUE =
      (a, b) -> {
        if (a.isNumber() && b.isNumber()) {
          return a.decimalValue().compareTo(b.decimalValue());
        }
        return a.equals(b) ? 0 : 1;
      };

  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  public static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }

  public static ArrayNode strings(Iterable<String> values) {
    ArrayNode array = array();
    values.forEach(array::add);
    return array;
  }

  /// Parses one JSON document; the exception's message names line and column.
  public static JsonNode parse(byte[] text) throws IOException {
    return MAPPER.readTree(text);
  }

  public static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("not JSON: " + text, e);
    }
  }

  public static byte[] bytes(JsonNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("cannot write a JSON tree", e);
    }
  }

  /// The node at a path of field names, or null when any part is absent or null.
  public static @Nullable JsonNode at(@Nullable JsonNode node, String... path) {
    @Nullable JsonNode here = node;
    for (String name : path) {
      if (here == null) {
        return null;
      }
      here = here.get(name);
    }
    return here == null || here.isNull() ? null : here;
  }

  public static boolean has(@Nullable JsonNode node, String... path) {
    return at(node, path) != null;
  }

  /// The text at a path, or "" when there is none. Numbers and booleans read as their text.
  public static String text(@Nullable JsonNode node, String... path) {
    JsonNode found = at(node, path);
    return found == null || found.isContainerNode() ? "" : found.asText();
  }

  public static long number(@Nullable JsonNode node, long otherwise, String... path) {
    JsonNode found = at(node, path);
    return found == null || !found.isNumber() ? otherwise : found.longValue();
  }

  public static boolean flag(@Nullable JsonNode node, String... path) {
    JsonNode found = at(node, path);
    return found != null && found.asBoolean();
  }

  /// The elements of the array at a path; none when it is absent.
  public static List<JsonNode> items(@Nullable JsonNode node, String... path) {
    JsonNode found = at(node, path);
    if (found == null || !found.isArray()) {
      return List.of();
    }
    var items = new ArrayList<JsonNode>(found.size());
    found.forEach(items::add);
    return items;
  }

  public static List<String> texts(@Nullable JsonNode node, String... path) {
    return items(node, path).stream().map(JsonNode::asText).toList();
  }

  /// The fields of the object at a path; none when it is absent.
  public static List<Map.Entry<String, JsonNode>> fields(@Nullable JsonNode node, String... path) {
    JsonNode found = at(node, path);
    if (found == null || !found.isObject()) {
      return List.of();
    }
    return List.copyOf(found.properties());
  }

  /// The object at a path, made on the way where it is absent.
  public static ObjectNode with(ObjectNode node, String... path) {
    ObjectNode here = node;
    for (String name : path) {
      here = here.get(name) instanceof ObjectNode next ? next : here.putObject(name);
    }
    return here;
  }

  /// The array at a field, made where it is absent.
  public static ArrayNode withArray(ObjectNode node, String name) {
    return node.get(name) instanceof ArrayNode array ? array : node.putArray(name);
  }

  /// Equal as JSON values; the order of fields does not matter, numbers compare by value.
  public static boolean same(@Nullable JsonNode a, @Nullable JsonNode b) {
    if (a == null || b == null) {
      return a == null && b == null;
    }
    return a.equals(BY_VALUE, b);
  }

  /// A copy that lacks one field.
  public static ObjectNode without(ObjectNode node, String name) {
    ObjectNode copy = node.deepCopy();
    copy.remove(name);
    return copy;
  }

  /// Lower case, the same in every locale.
  public static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /// Removes nulls everywhere: in Kubernetes an explicit null is an absent field.
  public static void dropNulls(JsonNode node) {
    if (node instanceof ObjectNode object) {
      for (Iterator<Map.Entry<String, JsonNode>> i = object.properties().iterator();
          i.hasNext(); ) {
        JsonNode value = i.next().getValue();
        if (value.isNull()) {
          i.remove();
        } else {
          dropNulls(value);
        }
      }
    } else if (node instanceof ArrayNode array) {
      array.forEach(Json::dropNulls);
    }
  }
}
