package io.kvorum.localkube.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Kubernetes' strategic merge patch: a merge patch that knows which lists merge by key.
public final class StrategicPatch {

  private static final String DIRECTIVE = "$patch";
  private static final String RETAIN = "$retainKeys";
  private static final String DELETE_FROM = "$deleteFromPrimitiveList/";
  private static final String ORDER = "$setElementOrder/";

  private StrategicPatch() {}

  /// The patched copy of the document.
  public static ObjectNode apply(ObjectNode document, ObjectNode patch, Schema schema) {
    return merge(document.deepCopy(), patch, schema);
  }

  private static ObjectNode merge(ObjectNode target, ObjectNode patch, Schema schema) {
    switch (Json.text(patch, DIRECTIVE)) {
      case "", "merge" -> {}
      case "replace" -> {
        return plain(patch);
      }
      case "delete" -> {
        return Json.object();
      }
      default -> throw new PatchException("unknown $patch: " + Json.text(patch, DIRECTIVE));
    }
    if (patch.has(RETAIN)) {
      target.retain(Json.texts(patch, RETAIN));
    }
    for (Map.Entry<String, JsonNode> change : patch.properties()) {
      if (!change.getKey().startsWith("$")) {
        mergeField(target, change.getKey(), change.getValue(), schema);
      }
    }
    lists(target, patch, schema);
    return target;
  }

  private static void mergeField(ObjectNode target, String name, JsonNode value, Schema schema) {
    Schema known = schema.field(name);
    Schema type = known == null ? Schema.ANYTHING : known;
    JsonNode old = target.get(name);
    if (value.isNull()) {
      target.remove(name);
    } else if (value instanceof ObjectNode change) {
      ObjectNode base = old instanceof ObjectNode object ? object : Json.object();
      target.set(name, merge(base, change, type));
    } else if (value instanceof ArrayNode items) {
      ArrayNode base = old instanceof ArrayNode array ? array : Json.array();
      target.set(name, list(base, items, type));
    } else {
      target.set(name, value.deepCopy());
    }
  }

  private static ArrayNode list(ArrayNode old, ArrayNode patch, Schema type) {
    String key = type.merge().patchKey();
    if (!key.isEmpty()) {
      return keyed(old, patch, key, type);
    }
    if (!type.merge().set()) {
      return patch.deepCopy();
    }
    ArrayNode union = old.deepCopy();
    for (JsonNode item : patch) {
      if (!contains(union, item)) {
        union.add(item);
      }
    }
    return union;
  }

  private static boolean contains(ArrayNode array, JsonNode item) {
    for (JsonNode each : array) {
      if (Json.same(each, item)) {
        return true;
      }
    }
    return false;
  }

  private static ArrayNode keyed(ArrayNode old, ArrayNode patch, String key, Schema type) {
    Schema itemType = type.items() == null ? Schema.ANYTHING : type.items();
    ArrayNode result = replaces(patch) ? Json.array() : old.deepCopy();
    for (JsonNode item : patch) {
      if (!(item instanceof ObjectNode change) || item.equals(REPLACE_LIST)) {
        continue;
      }
      if (!change.has(key)) {
        throw new PatchException("an element of the patch has no " + key + ": " + change);
      }
      int at = find(result, key, change.get(key));
      if (Json.text(change, DIRECTIVE).equals("delete")) {
        if (at >= 0) {
          result.remove(at);
        }
      } else if (at >= 0 && result.get(at) instanceof ObjectNode base) {
        result.set(at, merge(base, change, itemType));
      } else {
        result.add(merge(Json.object(), change, itemType));
      }
    }
    return result;
  }

  /// An element that is only `$patch: replace` makes the others replace the whole list.
  private static final ObjectNode REPLACE_LIST = Json.object().put(DIRECTIVE, "replace");

  private static boolean replaces(ArrayNode patch) {
    return contains(patch, REPLACE_LIST);
  }

  private static int find(ArrayNode array, String key, JsonNode value) {
    for (int i = 0; i < array.size(); i++) {
      if (Json.same(array.get(i).get(key), value)) {
        return i;
      }
    }
    return -1;
  }

  /// The directives that name a list of the same object: deletions and the order of elements.
  private static void lists(ObjectNode target, ObjectNode patch, Schema schema) {
    for (Map.Entry<String, JsonNode> directive : patch.properties()) {
      String name = directive.getKey();
      if (name.startsWith(DELETE_FROM)
          && target.get(name.substring(DELETE_FROM.length())) instanceof ArrayNode array) {
        for (JsonNode gone : directive.getValue()) {
          remove(array, gone);
        }
      } else if (name.startsWith(ORDER)) {
        String list = name.substring(ORDER.length());
        Schema type = schema.field(list);
        if (target.get(list) instanceof ArrayNode array && type != null) {
          target.set(list, ordered(array, directive.getValue(), type.merge().patchKey()));
        }
      }
    }
  }

  private static void remove(ArrayNode array, JsonNode gone) {
    for (int i = array.size() - 1; i >= 0; i--) {
      if (Json.same(array.get(i), gone)) {
        array.remove(i);
      }
    }
  }

  /// Elements named by the order stand in that order; the others keep their place behind the
  /// element they followed.
  private static ArrayNode ordered(ArrayNode array, JsonNode order, String key) {
    var wanted = new ArrayList<JsonNode>();
    for (JsonNode each : order) {
      for (JsonNode item : array) {
        if (sameElement(item, each, key)) {
          wanted.add(item);
        }
      }
    }
    List<JsonNode> result = new ArrayList<>(wanted);
    for (int i = 0; i < array.size(); i++) {
      JsonNode item = array.get(i);
      if (!wanted.contains(item)) {
        int before = i == 0 ? -1 : result.indexOf(array.get(i - 1));
        result.add(before + 1, item);
      }
    }
    return Json.array().addAll(result);
  }

  private static boolean sameElement(JsonNode item, JsonNode other, String key) {
    return key.isEmpty() ? Json.same(item, other) : Json.same(item.get(key), other.get(key));
  }

  private static ObjectNode plain(ObjectNode patch) {
    ObjectNode copy = patch.deepCopy();
    copy.remove(DIRECTIVE);
    return copy;
  }
}
