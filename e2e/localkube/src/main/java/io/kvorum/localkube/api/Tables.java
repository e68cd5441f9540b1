package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.util.List;

/// Objects as `kubectl get` prints them.
public final class Tables {

  private Tables() {}

  /// A table of objects.
  ///
  /// @param include what each row carries of its object: `None`, `Metadata` or `Object`
  /// @param withColumns false leaves out the column definitions, as in later events of a watch
  public static ObjectNode of(
      ResourceType type, List<ObjectNode> objects, String include, boolean withColumns) {
    List<Column> columns = Columns.of(type);
    ObjectNode table = Json.object();
    table.put("kind", "Table");
    table.put("apiVersion", "meta.k8s.io/v1");
    table.putObject("metadata");
    ArrayNode definitions = table.putArray("columnDefinitions");
    if (withColumns) {
      columns.forEach(column -> definitions.add(column.definition()));
    }
    ArrayNode rows = table.putArray("rows");
    for (ObjectNode object : objects) {
      ObjectNode row = rows.addObject();
      ArrayNode cells = row.putArray("cells");
      columns.forEach(column -> cells.add(column.cell().apply(object)));
      if (!include.equals("None")) {
        row.set("object", include.equals("Object") ? object : partial(object));
      }
    }
    return table;
  }

  /// An object's metadata alone.
  public static ObjectNode partial(ObjectNode object) {
    ObjectNode partial = Json.object();
    partial.put("kind", "PartialObjectMetadata");
    partial.put("apiVersion", "meta.k8s.io/v1");
    partial.set("metadata", object.path("metadata"));
    return partial;
  }
}
