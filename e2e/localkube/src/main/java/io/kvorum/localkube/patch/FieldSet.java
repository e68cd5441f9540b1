package io.kvorum.localkube.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// A set of places in an object, as Kubernetes writes it in `fieldsV1`.
///
/// A tree of path elements: `f:name` a field, `k:{"key":…}` an element of a keyed list, `v:…` an
/// element of a set. Immutable.
///
/// @param member this place itself is in the set
/// @param children the places below, by path element
record FieldSet(boolean member, SortedMap<String, FieldSet> children) {

  static final FieldSet NONE = new FieldSet(false, new TreeMap<>());
  static final FieldSet SELF = new FieldSet(true, new TreeMap<>());

  static FieldSet parse(JsonNode fields) {
    var children = new TreeMap<String, FieldSet>();
    boolean self = fields.isEmpty();
    for (Map.Entry<String, JsonNode> each : fields.properties()) {
      if (each.getKey().equals(".")) {
        self = true;
      } else {
        children.put(each.getKey(), parse(each.getValue()));
      }
    }
    return new FieldSet(self, children);
  }

  ObjectNode toJson() {
    ObjectNode node = Json.object();
    if (member && !children.isEmpty()) {
      node.putObject(".");
    }
    children.forEach((element, child) -> node.set(element, child.toJson()));
    return node;
  }

  /// All places that an object says something about.
  static FieldSet of(JsonNode value, Schema schema) {
    if (schema.merge().atomic()) {
      return SELF;
    }
    if (value.isObject() && !value.isEmpty()) {
      var children = new TreeMap<String, FieldSet>();
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        FieldSet below = of(field.getValue(), type(schema, field.getKey()));
        boolean entry = !schema.properties().containsKey(field.getKey());
        children.put("f:" + field.getKey(), entry ? below.union(SELF) : below);
      }
      return new FieldSet(false, children);
    }
    if (value.isArray() && (schema.merge().map() || schema.merge().set())) {
      var children = new TreeMap<String, FieldSet>();
      for (JsonNode item : value) {
        children.put(element(item, schema), of(item, items(schema)).union(SELF));
      }
      return children.isEmpty() ? SELF : new FieldSet(false, children);
    }
    return SELF;
  }

  static Schema type(Schema schema, String name) {
    Schema known = schema.field(name);
    return known == null ? Schema.ANYTHING : known;
  }

  static Schema items(Schema schema) {
    return schema.items() == null ? Schema.ANYTHING : schema.items();
  }

  /// The path element of an element of a keyed list or a set.
  static String element(JsonNode item, Schema list) {
    if (!list.merge().map()) {
      return "v:" + item;
    }
    var key = new TreeMap<String, JsonNode>();
    for (String name : list.merge().keys()) {
      JsonNode part = item.get(name);
      Schema type = items(list).field(name);
      if (part == null && type != null) {
        part = type.defaultValue();
      }
      if (part != null) {
        key.put(name, part);
      }
    }
    ObjectNode node = Json.object();
    key.forEach(node::set);
    return "k:" + node;
  }

  boolean isEmpty() {
    return !member && children.isEmpty();
  }

  FieldSet union(FieldSet other) {
    var all = new TreeMap<>(children);
    other.children.forEach((element, child) -> all.merge(element, child, FieldSet::union));
    return new FieldSet(member || other.member, all);
  }

  FieldSet minus(FieldSet other) {
    var rest = new TreeMap<String, FieldSet>();
    children.forEach((element, child) -> {
      FieldSet left = child.minus(other.children.getOrDefault(element, NONE));
      if (!left.isEmpty()) {
        rest.put(element, left);
      }
    });
    return new FieldSet(member && !other.member, rest);
  }

  FieldSet intersect(FieldSet other) {
    var common = new TreeMap<String, FieldSet>();
    children.forEach((element, child) -> {
      FieldSet both = child.intersect(other.children.getOrDefault(element, NONE));
      if (!both.isEmpty()) {
        common.put(element, both);
      }
    });
    return new FieldSet(member && other.member, common);
  }

  /// Without the places at or below a path of fields.
  FieldSet without(String... path) {
    FieldSet child = children.get("f:" + path[0]);
    if (child == null) {
      return this;
    }
    var rest = new TreeMap<>(children);
    FieldSet left =
        path.length == 1
            ? NONE
            : child.without(List.of(path).subList(1, path.length).toArray(String[]::new));
    if (left.isEmpty()) {
      rest.remove("f:" + path[0]);
    } else {
      rest.put("f:" + path[0], left);
    }
    return new FieldSet(member, rest);
  }

  /// Only the places below one top-level field.
  FieldSet onlyBelow(String field) {
    FieldSet child = children.get("f:" + field);
    if (child == null) {
      return NONE;
    }
    var one = new TreeMap<String, FieldSet>();
    one.put("f:" + field, child);
    return new FieldSet(false, one);
  }

  /// The members as paths for people: `.spec.containers[name="a"].image`.
  List<String> paths() {
    var paths = new ArrayList<String>();
    collect("", paths);
    return paths;
  }

  private void collect(String prefix, List<String> paths) {
    if (member) {
      paths.add(prefix);
    }
    children.forEach((element, child) -> child.collect(prefix + shown(element), paths));
  }

  private static String shown(String element) {
    String value = element.substring(2);
    if (element.startsWith("f:")) {
      return "." + value;
    }
    if (element.startsWith("v:")) {
      return "[=" + value + "]";
    }
    var key = new StringBuilder();
    for (Map.Entry<String, JsonNode> part : Json.parse(value).properties()) {
      key.append(key.isEmpty() ? "" : ",")
          .append(part.getKey())
          .append('=')
          .append(part.getValue());
    }
    return "[" + key + "]";
  }
}
