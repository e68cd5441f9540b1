package io.kvorum.localkube.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.util.Map;

/// RFC 7386: an object whose fields replace those of the document; null removes.
public final class MergePatch {

  private MergePatch() {}

  /// The patched copy of the document.
  public static JsonNode apply(JsonNode document, JsonNode patch) {
    if (!(patch instanceof ObjectNode changes)) {
      return patch.deepCopy();
    }
    ObjectNode result = document instanceof ObjectNode object ? object.deepCopy() : Json.object();
    for (Map.Entry<String, JsonNode> change : changes.properties()) {
      if (change.getValue().isNull()) {
        result.remove(change.getKey());
      } else {
        JsonNode old = result.get(change.getKey());
        result.set(change.getKey(), apply(old == null ? Json.object() : old, change.getValue()));
      }
    }
    return result;
  }
}
