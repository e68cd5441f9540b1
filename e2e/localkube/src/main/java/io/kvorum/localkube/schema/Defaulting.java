package io.kvorum.localkube.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.Schema.Trait;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Fills in the defaults of a schema where a value is absent.
public final class Defaulting {

  private Defaulting() {}

  /// Sets defaults in place. A null of a field that is not nullable counts as absent.
  public static void fill(JsonNode value, Schema schema) {
    if (value instanceof ObjectNode object) {
      fillObject(object, schema);
    } else if (value instanceof ArrayNode array && schema.items() != null) {
      for (JsonNode item : array) {
        fill(item, schema.items());
      }
    }
  }

  private static void fillObject(ObjectNode object, Schema schema) {
    for (Map.Entry<String, Schema> field : schema.properties().entrySet()) {
      Schema type = field.getValue();
      if (type.defaultValue() != null && absent(object.get(field.getKey()), type)) {
        object.set(field.getKey(), type.defaultValue().deepCopy());
      }
    }
    for (Map.Entry<String, JsonNode> field : Json.fields(object)) {
      Schema type = schema.field(field.getKey());
      if (type != null) {
        fill(field.getValue(), type);
      }
    }
  }

  private static boolean absent(@Nullable JsonNode value, Schema type) {
    return value == null || (value.isNull() && !type.is(Trait.NULLABLE));
  }
}
