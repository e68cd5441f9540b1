package io.kvorum.node.ctl;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A key or directory of API v2. `nodes` is null where the store says nothing of what is below.
record V2Node(
    String key,
    boolean dir,
    String value,
    @Nullable List<V2Node> nodes,
    long createdIndex,
    long modifiedIndex,
    String expiration,
    long ttl) {

  V2Node {
    nodes = nodes == null ? null : List.copyOf(nodes);
  }

  static V2Node of(JsonObject json) {
    List<V2Node> nodes = null;
    if (json.has("nodes") && json.get("nodes").isJsonArray()) {
      nodes = new ArrayList<>();
      for (JsonElement node : json.getAsJsonArray("nodes")) {
        nodes.add(of(node.getAsJsonObject()));
      }
    }
    return new V2Node(
        text(json, "key"),
        json.has("dir") && json.get("dir").getAsBoolean(),
        text(json, "value"),
        nodes,
        number(json, "createdIndex"),
        number(json, "modifiedIndex"),
        text(json, "expiration"),
        number(json, "ttl"));
  }

  private static String text(JsonObject json, String name) {
    return json.has(name) ? json.get(name).getAsString() : "";
  }

  private static long number(JsonObject json, String name) {
    return json.has(name) ? json.get(name).getAsLong() : 0;
  }

  List<V2Node> children() {
    return nodes == null ? List.of() : nodes;
  }

  /// In the form of etcd's Go client, which differs a little from the server's.
  void print(Json json) throws Output.Closed {
    json.begin().name("key").text(key);
    if (dir) {
      json.name("dir").bool(true);
    }
    json.name("value").text(value).name("nodes");
    if (nodes == null) {
      json.nothing();
    } else {
      json.beginList();
      for (V2Node node : nodes) {
        json.item();
        node.print(json);
      }
      json.endList();
    }
    json.name("createdIndex").number(createdIndex).name("modifiedIndex").number(modifiedIndex);
    if (!expiration.isEmpty()) {
      json.name("expiration").text(expiration);
    }
    if (ttl != 0) {
      json.name("ttl").number(ttl);
    }
    json.end();
  }
}
