package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.util.Map;

/// Objects are kept in one version and shown in each that is served.
///
/// Versions differ only in their apiVersion, except for events, which have two shapes.
final class Conversion {

  /// Names of the same fields: in events.k8s.io, and as kept.
  private static final Map<String, String> EVENT_FIELDS =
      Map.of(
          "note", "message",
          "regarding", "involvedObject",
          "reportingController", "reportingComponent",
          "deprecatedSource", "source",
          "deprecatedFirstTimestamp", "firstTimestamp",
          "deprecatedLastTimestamp", "lastTimestamp",
          "deprecatedCount", "count");

  private Conversion() {}

  /// The object as a request of this type sees it; the same object when nothing differs.
  static ObjectNode show(ObjectNode stored, ResourceType type) {
    if (Json.text(stored, "apiVersion").equals(type.apiVersion())) {
      return stored;
    }
    ObjectNode shown = stored.deepCopy();
    shown.put("apiVersion", type.apiVersion());
    if (isEvent(type)) {
      EVENT_FIELDS.forEach((outside, kept) -> rename(shown, kept, outside));
    }
    return shown;
  }

  /// The object as it is kept. Changes the object.
  static ObjectNode keep(ObjectNode object, ResourceType type, String storedVersion) {
    if (isEvent(type)) {
      EVENT_FIELDS.forEach((outside, kept) -> rename(object, outside, kept));
    }
    object.put("apiVersion", storedVersion);
    return object;
  }

  static boolean isEvent(ResourceType type) {
    return type.group().equals("events.k8s.io");
  }

  private static void rename(ObjectNode object, String from, String to) {
    JsonNode value = object.remove(from);
    if (value != null) {
      object.set(to, value);
    }
  }
}
