package io.kvorum.localkube.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.Schema;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Merging, comparing and cutting of objects along the structure that a schema gives them.
final class TypedMerge {

  private TypedMerge() {}

  /// The live object with all that was applied laid over it.
  static JsonNode merge(@Nullable JsonNode live, JsonNode applied, Schema schema) {
    if (live == null || schema.merge().atomic()) {
      return applied.deepCopy();
    }
    if (live instanceof ObjectNode base && applied instanceof ObjectNode over) {
      ObjectNode merged = base.deepCopy();
      for (Map.Entry<String, JsonNode> field : over.properties()) {
        Schema type = FieldSet.type(schema, field.getKey());
        merged.set(field.getKey(), merge(base.get(field.getKey()), field.getValue(), type));
      }
      return merged;
    }
    boolean associative = schema.merge().map() || schema.merge().set();
    if (live instanceof ArrayNode base && applied instanceof ArrayNode over && associative) {
      return mergeLists(base, over, schema);
    }
    return applied.deepCopy();
  }

  private static ArrayNode mergeLists(ArrayNode live, ArrayNode applied, Schema schema) {
    Map<String, JsonNode> items = elements(live, schema);
    elements(applied, schema)
        .forEach((element, item) ->
            items.put(element, merge(items.get(element), item, FieldSet.items(schema))));
    return Json.array().addAll(items.values());
  }

  private static Map<String, JsonNode> elements(JsonNode list, Schema schema) {
    var items = new LinkedHashMap<String, JsonNode>();
    list.forEach(item -> items.put(FieldSet.element(item, schema), item));
    return items;
  }

  /// The places whose values the second object has new or different.
  static FieldSet changed(@Nullable JsonNode before, JsonNode after, Schema schema) {
    if (before == null) {
      return FieldSet.of(after, schema);
    }
    if (Json.same(before, after)) {
      return FieldSet.NONE;
    }
    if (schema.merge().atomic()) {
      return FieldSet.SELF;
    }
    var children = new TreeMap<String, FieldSet>();
    if (before.isObject() && after.isObject()) {
      for (Map.Entry<String, JsonNode> field : after.properties()) {
        JsonNode old = before.get(field.getKey());
        FieldSet child = changed(old, field.getValue(), FieldSet.type(schema, field.getKey()));
        boolean entry = old == null && !schema.properties().containsKey(field.getKey());
        put(children, "f:" + field.getKey(), entry ? child.union(FieldSet.SELF) : child);
      }
      return new FieldSet(false, children);
    }
    if (before.isArray() && after.isArray() && (schema.merge().map() || schema.merge().set())) {
      Map<String, JsonNode> old = elements(before, schema);
      elements(after, schema)
          .forEach((element, item) -> {
            FieldSet child = changed(old.get(element), item, FieldSet.items(schema));
            put(children, element, old.containsKey(element) ? child : child.union(FieldSet.SELF));
          });
      return new FieldSet(false, children);
    }
    return FieldSet.SELF;
  }

  private static void put(Map<String, FieldSet> children, String element, FieldSet child) {
    if (!child.isEmpty()) {
      children.put(element, child);
    }
  }

  /// Removes from the object what `gone` names, except where `kept` names it or something below.
  static void cut(JsonNode value, FieldSet gone, FieldSet kept, Schema schema) {
    if (value instanceof ObjectNode object) {
      gone.children()
          .forEach((element, child) -> {
            String name = element.substring(2);
            JsonNode inner = object.get(name);
            FieldSet keep = kept.children().get(element);
            if (inner != null && keep == null) {
              object.remove(name);
            } else if (inner != null && keep != null) {
              cut(inner, child, keep, FieldSet.type(schema, name));
            }
          });
    } else if (value instanceof ArrayNode array) {
      cutItems(array, gone, kept, schema);
    }
  }

  private static void cutItems(ArrayNode array, FieldSet gone, FieldSet kept, Schema schema) {
    for (int i = array.size() - 1; i >= 0; i--) {
      String element = FieldSet.element(array.get(i), schema);
      FieldSet child = gone.children().get(element);
      FieldSet keep = kept.children().get(element);
      if (child != null && keep == null) {
        array.remove(i);
      } else if (child != null && keep != null) {
        cut(array.get(i), child, keep, FieldSet.items(schema));
      }
    }
  }
}
