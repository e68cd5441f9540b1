package io.kvorum.node.ctl;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// What the discovery service answers: text, or the JSON that clients of API v2 expect.
///
/// @param index of the store, for the header `X-Etcd-Index`; 0: none
record DiscoveryAnswer(int status, String type, String text, long index) {

  private static final String JSON = "application/json";
  private static final int KEY_NOT_FOUND = 100;
  private static final int TOO_MANY_PEERS = 103;
  private static final int KEY_EXISTS = 105;
  private static final int BAD_FORM = 210;

  byte[] body() {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static DiscoveryAnswer text(int status, String text) {
    return new DiscoveryAnswer(status, "text/plain; charset=utf-8", text, 0);
  }

  /// A failure without a code of API v2, which clients take as a reason to ask again if it is the
  /// server's.
  static DiscoveryAnswer message(int status, String message) {
    var json = new JsonObject();
    json.addProperty("message", message);
    return new DiscoveryAnswer(status, JSON, json + "\n", 0);
  }

  static DiscoveryAnswer notFound(String key, long index) {
    return error(404, KEY_NOT_FOUND, "Key not found", key, index);
  }

  static DiscoveryAnswer exists(String key, long index) {
    return error(412, KEY_EXISTS, "Key already exists", key, index);
  }

  static DiscoveryAnswer tooMany(String key, long index) {
    return error(400, TOO_MANY_PEERS, "Reached the max number of peers in the cluster", key, index);
  }

  static DiscoveryAnswer badForm(String cause) {
    return error(400, BAD_FORM, "Invalid POST form", cause, 0);
  }

  private static DiscoveryAnswer error(
      int status, int code, String message, String cause, long index) {
    var json = new JsonObject();
    json.addProperty("errorCode", code);
    json.addProperty("message", message);
    json.addProperty("cause", cause);
    json.addProperty("index", index);
    return new DiscoveryAnswer(status, JSON, json + "\n", index);
  }

  /// What happened to a key, or what it is.
  static DiscoveryAnswer event(
      int status, String action, JsonObject node, Optional<JsonObject> previous, long index) {
    var json = new JsonObject();
    json.addProperty("action", action);
    json.add("node", node);
    previous.ifPresent(before -> json.add("prevNode", before));
    return new DiscoveryAnswer(status, JSON, json + "\n", index);
  }

  /// Nothing happened while a client waited; it asks again.
  static DiscoveryAnswer nothing(long index) {
    return new DiscoveryAnswer(200, JSON, "", index);
  }

  static JsonObject node(String key, KeyValue pair) {
    return node(
        key, pair.getValue().toStringUtf8(), pair.getModRevision(), pair.getCreateRevision());
  }

  static JsonObject node(String key, String value, long modified, long created) {
    var node = new JsonObject();
    node.addProperty("key", key);
    node.addProperty("value", value);
    return indexed(node, modified, created);
  }

  /// The directory of a token.
  static JsonObject directory(String key, List<JsonObject> children, KeyValue size) {
    var node = new JsonObject();
    node.addProperty("key", key);
    node.addProperty("dir", true);
    if (!children.isEmpty()) {
      var nodes = new JsonArray();
      children.forEach(nodes::add);
      node.add("nodes", nodes);
    }
    return indexed(node, size.getCreateRevision(), size.getCreateRevision());
  }

  /// A key that is gone.
  static JsonObject gone(String key, KeyValue before, long index) {
    var node = new JsonObject();
    node.addProperty("key", key);
    return indexed(node, index, before.getCreateRevision());
  }

  private static JsonObject indexed(JsonObject node, long modified, long created) {
    node.addProperty("modifiedIndex", modified);
    node.addProperty("createdIndex", created);
    return node;
  }
}
