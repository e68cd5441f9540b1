package io.kvorum.localkube.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.CodedOutputStream;
import io.kvorum.localkube.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// OpenAPI version 2 in the protobuf form that kubectl 1.20 insists on.
///
/// Only what kubectl reads is written. The field numbers are those of the `openapi.v2` package.
final class OpenApiProto {

  private OpenApiProto() {}

  /// Writes the fields of one message.
  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  static byte[] document(JsonNode document) throws IOException {
    return message(out -> {
      out.writeString(1, Json.text(document, "swagger"));
      put(
          out,
          2,
          info -> {
            info.writeString(1, Json.text(document, "info", "title"));
            info.writeString(2, Json.text(document, "info", "version"));
          });
      put(out, 8, paths -> paths(paths, document));
      put(out, 9, definitions -> schemas(definitions, document.path("definitions")));
    });
  }

  private static void paths(CodedOutputStream out, JsonNode document) throws IOException {
    for (Map.Entry<String, JsonNode> path : Json.fields(document, "paths")) {
      put(
          out,
          2,
          named -> {
            named.writeString(1, path.getKey());
            put(
                named,
                2,
                item -> {
                  put(item, 2, get -> operation(get, path.getValue().path("get")));
                  put(item, 8, patch -> operation(patch, path.getValue().path("patch")));
                });
          });
    }
  }

  private static void operation(CodedOutputStream out, JsonNode operation) throws IOException {
    for (JsonNode parameter : Json.items(operation, "parameters")) {
      put(out, 8, item -> put(item, 1, any -> put(any, 2, plain -> query(plain, parameter))));
    }
    put(
        out,
        9,
        responses ->
            put(
                responses,
                1,
                named -> {
                  named.writeString(1, "200");
                  put(named, 2, value -> put(value, 1, ok -> ok.writeString(1, "OK")));
                }));
    extension(out, 13, "x-kubernetes-group-version-kind", operation);
  }

  private static void query(CodedOutputStream out, JsonNode parameter) throws IOException {
    put(
        out,
        3,
        query -> {
          query.writeString(2, "query");
          query.writeString(4, Json.text(parameter, "name"));
          query.writeString(6, "string");
        });
  }

  private static void schemas(CodedOutputStream out, JsonNode schemas) throws IOException {
    for (Map.Entry<String, JsonNode> each : schemas.properties()) {
      put(
          out,
          1,
          named -> {
            named.writeString(1, each.getKey());
            put(named, 2, schema -> schema(schema, each.getValue()));
          });
    }
  }

  private static void schema(CodedOutputStream out, JsonNode schema) throws IOException {
    text(out, 1, Json.text(schema, "$ref"));
    text(out, 2, Json.text(schema, "format"));
    text(out, 4, Json.text(schema, "description"));
    for (String required : Json.texts(schema, "required")) {
      out.writeString(19, required);
    }
    JsonNode values = Json.at(schema, "additionalProperties");
    if (values != null && values.isObject()) {
      put(out, 21, item -> put(item, 1, inner -> schema(inner, values)));
    }
    String type = Json.text(schema, "type");
    if (!type.isEmpty()) {
      put(out, 22, item -> item.writeString(1, type));
    }
    JsonNode items = Json.at(schema, "items");
    if (items != null) {
      put(out, 23, item -> put(item, 1, inner -> schema(inner, items)));
    }
    JsonNode properties = Json.at(schema, "properties");
    if (properties != null) {
      put(out, 25, inner -> schemas(inner, properties));
    }
    for (String name :
        List.of(
            "x-kubernetes-group-version-kind",
            "x-kubernetes-patch-merge-key",
            "x-kubernetes-patch-strategy",
            "x-kubernetes-preserve-unknown-fields",
            "x-kubernetes-int-or-string")) {
      extension(out, 31, name, schema);
    }
  }

  /// A vendor extension; its value is YAML, which JSON is.
  private static void extension(CodedOutputStream out, int field, String name, JsonNode holder)
      throws IOException {
    JsonNode value = Json.at(holder, name);
    if (value != null) {
      put(
          out,
          field,
          named -> {
            named.writeString(1, name);
            put(named, 2, any -> any.writeString(2, value.toString()));
          });
    }
  }

  private static void text(CodedOutputStream out, int field, String text) throws IOException {
    if (!text.isEmpty()) {
      out.writeString(field, text);
    }
  }

  private static void put(CodedOutputStream out, int field, Fields fields) throws IOException {
    out.writeByteArray(field, message(fields));
  }

  private static byte[] message(Fields fields) throws IOException {
    var bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    fields.write(out);
    out.flush();
    return bytes.toByteArray();
  }
}
