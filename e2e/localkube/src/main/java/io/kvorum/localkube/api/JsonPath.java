package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.kvorum.localkube.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The part of JSONPath that printer columns use: fields, indexes, `[*]`, and filters such as
/// `[?(@.type=="Ready")]`.
final class JsonPath {

  private static final Pattern STEP =
      Pattern.compile(
          "\\.((?:[^.\\[\\\\]|\\\\.)+)"
              + "|\\['([^']*)'\\]"
              + "|\\[(-?\\d+)\\]"
              + "|(\\[\\*\\]|\\.\\*)"
              + "|\\[\\?\\(\\s*@\\.([\\w.]+)\\s*(==|!=)\\s*[\"']?([^\"')]*)[\"']?\\s*\\)\\]");

  private JsonPath() {}

  /// All values the path leads to.
  static List<JsonNode> find(JsonNode root, String path) {
    List<JsonNode> here = List.of(root);
    Matcher step = STEP.matcher(path);
    int at = 0;
    while (at < path.length()) {
      if (!step.find(at) || step.start() != at) {
        return List.of();
      }
      var next = new ArrayList<JsonNode>();
      for (JsonNode node : here) {
        take(node, step, next);
      }
      here = next;
      at = step.end();
    }
    return here;
  }

  private static void take(JsonNode node, Matcher step, List<JsonNode> next) {
    if (step.group(1) != null) {
      add(node.get(step.group(1).replace("\\", "")), next);
    } else if (step.group(2) != null) {
      add(node.get(step.group(2)), next);
    } else if (step.group(3) != null) {
      int index = Integer.parseInt(step.group(3));
      add(node.get(index < 0 ? node.size() + index : index), next);
    } else if (step.group(4) != null) {
      node.forEach(next::add);
    } else {
      for (JsonNode item : node) {
        boolean equal = Json.text(item, step.group(5).split("\\.")).equals(step.group(7));
        if (equal == step.group(6).equals("==")) {
          next.add(item);
        }
      }
    }
  }

  private static void add(@Nullable JsonNode node, List<JsonNode> next) {
    if (node != null && !node.isNull()) {
      next.add(node);
    }
  }
}
