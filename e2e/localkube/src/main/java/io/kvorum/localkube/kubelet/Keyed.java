package io.kvorum.localkube.kubelet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The entries of ConfigMaps and Secrets.
final class Keyed {

  private Keyed() {}

  /// Key to bytes of the object in the Pod's namespace.
  ///
  /// @param resource `configMaps` or `secrets`, in any case
  static Map<String, byte[]> all(
      CommandLine.Place place, String resource, String name, boolean optional) {
    String namespace = Json.text(place.pod(), "metadata", "namespace");
    Optional<ObjectNode> object = place.cluster().get(Json.lower(resource), namespace, name);
    if (object.isEmpty()) {
      if (optional) {
        return Map.of();
      }
      throw new CommandLine.Missing(
          Json.lower(resource).replaceAll("s$", "") + " \"" + name + "\" not found");
    }
    var entries = new TreeMap<String, byte[]>();
    boolean secret = Json.lower(resource).equals("secrets");
    for (Map.Entry<String, JsonNode> each : Json.fields(object.get(), "data")) {
      entries.put(each.getKey(), secret ? decoded(each.getValue()) : plain(each.getValue()));
    }
    for (Map.Entry<String, JsonNode> each : Json.fields(object.get(), "binaryData")) {
      entries.put(each.getKey(), decoded(each.getValue()));
    }
    return entries;
  }

  static String text(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }

  private static byte[] plain(JsonNode value) {
    return value.asText().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] decoded(JsonNode value) {
    return Base64.getDecoder().decode(value.asText());
  }
}
