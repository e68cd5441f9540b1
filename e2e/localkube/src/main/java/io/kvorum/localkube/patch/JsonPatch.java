package io.kvorum.localkube.patch;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;

/// RFC 6902: a list of operations on paths.
public final class JsonPatch {

  /// A patch with more operations than this is no honest patch.
  private static final int MAX_OPERATIONS = 10_000;

  private JsonPatch() {}

  /// The patched copy of the document.
  public static JsonNode apply(JsonNode document, JsonNode patch) {
    if (!patch.isArray() || patch.size() > MAX_OPERATIONS) {
      throw new PatchException("a JSON patch is a list of at most " + MAX_OPERATIONS);
    }
    JsonNode result = document.deepCopy();
    for (JsonNode operation : patch) {
      result = step(result, operation);
    }
    return result;
  }

  private static JsonNode step(JsonNode document, JsonNode operation) {
    JsonPointer path = pointer(operation, "path");
    switch (Json.text(operation, "op")) {
      case "add" -> {
        return add(document, path, value(operation));
      }
      case "remove" -> remove(document, path);
      case "replace" -> {
        existing(document, path);
        if (path.matches()) {
          return value(operation);
        }
        replace(document, path, value(operation));
      }
      case "move" -> {
        JsonPointer from = pointer(operation, "from");
        JsonNode moved = existing(document, from);
        remove(document, from);
        return add(document, path, moved);
      }
      case "copy" -> {
        return add(document, path, existing(document, pointer(operation, "from")).deepCopy());
      }
      case "test" -> {
        if (!Json.same(existing(document, path), operation.get("value"))) {
          throw new PatchException("testing path '" + path + "' failed: values differ");
        }
      }
      default -> throw new PatchException("unknown operation: " + operation);
    }
    return document;
  }

  private static JsonPointer pointer(JsonNode operation, String name) {
    String text = Json.text(operation, name);
    if (!operation.has(name) || !(text.isEmpty() || text.startsWith("/"))) {
      throw new PatchException("bad " + name + " in operation " + operation);
    }
    return JsonPointer.compile(text);
  }

  private static JsonNode value(JsonNode operation) {
    JsonNode value = operation.get("value");
    if (value == null) {
      throw new PatchException("no value in operation " + operation);
    }
    return value.deepCopy();
  }

  private static JsonNode existing(JsonNode document, JsonPointer path) {
    JsonNode found = document.at(path);
    if (found.isMissingNode()) {
      throw new PatchException("path '" + path + "' does not exist");
    }
    return found;
  }

  private static JsonNode add(JsonNode document, JsonPointer path, JsonNode value) {
    if (path.matches()) {
      return value;
    }
    JsonNode parent = existing(document, path.head());
    String last = path.last().getMatchingProperty();
    if (parent instanceof ObjectNode object) {
      object.set(last, value);
    } else if (parent instanceof ArrayNode array) {
      array.insert(last.equals("-") ? array.size() : index(path, array.size() + 1), value);
    } else {
      throw new PatchException("path '" + path + "' has no parent to add to");
    }
    return document;
  }

  private static void remove(JsonNode document, JsonPointer path) {
    existing(document, path);
    JsonNode parent = existing(document, path.head());
    if (parent instanceof ObjectNode object) {
      object.remove(path.last().getMatchingProperty());
    } else if (parent instanceof ArrayNode array) {
      array.remove(index(path, array.size()));
    }
  }

  private static void replace(JsonNode document, JsonPointer path, JsonNode value) {
    JsonNode parent = existing(document, path.head());
    if (parent instanceof ObjectNode object) {
      object.set(path.last().getMatchingProperty(), value);
    } else if (parent instanceof ArrayNode array) {
      array.set(index(path, array.size()), value);
    }
  }

  private static int index(JsonPointer path, int bound) {
    int index = path.last().getMatchingIndex();
    if (index < 0 || index >= bound) {
      throw new PatchException("index of path '" + path + "' is out of bounds");
    }
    return index;
  }
}
