package io.kvorum.localkube.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.schema.Schema.JsonType;
import io.kvorum.localkube.schema.Schema.Trait;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Removes fields that a schema does not know, and names them.
public final class Pruning {

  private final List<String> unknown = new ArrayList<>();

  private Pruning() {}

  /// Prunes the object in place; returns the paths of what was removed, in document order.
  public static List<String> prune(ObjectNode object, Schema schema) {
    var pruning = new Pruning();
    pruning.visit(object, schema, "");
    return pruning.unknown;
  }

  private void visit(JsonNode value, Schema schema, String path) {
    if (value instanceof ObjectNode object) {
      object(object, schema, path);
    } else if (value instanceof ArrayNode array && schema.items() != null) {
      for (int i = 0; i < array.size(); i++) {
        visit(array.get(i), schema.items(), path + "[" + i + "]");
      }
    }
  }

  private void object(ObjectNode object, Schema schema, String path) {
    boolean open = schema.is(Trait.PRESERVE_UNKNOWN) || schema.type() == JsonType.ANY;
    for (Iterator<Map.Entry<String, JsonNode>> i = object.properties().iterator(); i.hasNext(); ) {
      Map.Entry<String, JsonNode> field = i.next();
      String here = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
      Schema known = known(schema, field.getKey());
      if (known != null) {
        visit(field.getValue(), known, here);
      } else if (!open) {
        unknown.add(here);
        i.remove();
      }
    }
  }

  private static @Nullable Schema known(Schema schema, String name) {
    Schema field = schema.field(name);
    if (field != null || !schema.is(Trait.EMBEDDED_RESOURCE)) {
      return field;
    }
    return switch (name) {
      case "apiVersion", "kind" -> BuiltinTypes.text();
      case "metadata" -> BuiltinTypes.type("meta.v1.ObjectMeta");
      default -> null;
    };
  }
}
