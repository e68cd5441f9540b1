package io.kvorum.node.ctl;

import com.google.gson.JsonObject;
import org.jspecify.annotations.Nullable;

/// What the store answers to a request for a key: what was done to which node, and the store's
/// index at that time.
record V2Event(String action, V2Node node, @Nullable V2Node previous, long index) {

  static V2Event of(JsonObject json, long index) {
    return new V2Event(
        json.get("action").getAsString(),
        V2Node.of(json.getAsJsonObject("node")),
        json.has("prevNode") ? V2Node.of(json.getAsJsonObject("prevNode")) : null,
        index);
  }

  /// Prints it as `simple`, `extended` or `json`.
  void print(String format, Output output) throws Output.Closed {
    switch (format) {
      case "extended" -> printExtended(output);
      case "json" -> printJson(output);
      default ->
          output.line(
              action.equals("delete") ? "PrevNode.Value: " + previousValue() : node.value());
    }
  }

  private String previousValue() {
    return previous == null ? "" : previous.value();
  }

  private void printExtended(Output output) throws Output.Closed {
    output.line("Key: " + node.key());
    output.line("Created-Index: " + node.createdIndex());
    output.line("Modified-Index: " + node.modifiedIndex());
    if (previous != null) {
      output.line("PrevNode.Value: " + previous.value());
    }
    output.line("TTL: " + node.ttl());
    output.line("Index: " + index);
    if (!action.equals("delete")) {
      output.line("");
      output.line(node.value());
    }
  }

  private void printJson(Output output) throws Output.Closed {
    var json = new Json(output);
    json.begin().name("action").text(action).name("node");
    node.print(json);
    json.name("prevNode");
    if (previous == null) {
      json.nothing();
    } else {
      previous.print(json);
    }
    json.end();
    output.line("");
  }
}
