package io.kvorum.localkube.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.ApiException;
import io.kvorum.localkube.api.Page;
import io.kvorum.localkube.api.ResourceType;
import io.kvorum.localkube.api.Tables;
import io.kvorum.localkube.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The form in which a client wants to have objects: whole, as a table, or only their metadata.
enum Media {
  WHOLE,
  TABLE,
  PARTIAL;

  static final String JSON = "application/json";

  /// The first form in the Accept header that this server has.
  static Media of(HttpRequest request) {
    String accept = request.header("accept");
    if (accept.isBlank()) {
      return WHOLE;
    }
    for (String range : accept.split(",", -1)) {
      String type = range.strip();
      boolean v1 = type.contains("v=v1") && type.contains("g=meta.k8s.io");
      if (v1 && type.contains("as=Table")) {
        return TABLE;
      }
      if (v1 && type.contains("as=PartialObjectMetadata")) {
        return PARTIAL;
      }
      boolean plain = !type.contains("as=");
      if (plain
          && (type.startsWith(JSON)
              || type.startsWith("*/*")
              || type.startsWith("application/*"))) {
        return WHOLE;
      }
    }
    throw ApiException.notAcceptable(
        "only the following media types are accepted: application/json");
  }

  /// One object in this form.
  ObjectNode show(ObjectNode object, ResourceType type, HttpRequest request, boolean columns) {
    return switch (this) {
      case WHOLE -> object;
      case PARTIAL -> Tables.partial(object);
      case TABLE -> {
        ObjectNode table = Tables.of(type, List.of(object), include(request), columns);
        ObjectNode metadata = Json.with(table, "metadata");
        metadata.put("resourceVersion", Json.text(object, "metadata", "resourceVersion"));
        yield table;
      }
    };
  }

  ObjectNode show(Page page, ResourceType type, HttpRequest request) {
    ObjectNode list =
        switch (this) {
          case TABLE -> Tables.of(type, page.items(), include(request), true);
          case PARTIAL -> {
            ObjectNode partial = Json.object();
            partial.put("kind", "PartialObjectMetadataList").put("apiVersion", "meta.k8s.io/v1");
            partial.putObject("metadata");
            ArrayNode items = partial.putArray("items");
            page.items().forEach(each -> items.add(Tables.partial(each)));
            yield partial;
          }
          case WHOLE -> {
            ObjectNode whole = Json.object();
            whole.put("kind", type.listKind()).put("apiVersion", type.apiVersion());
            whole.putObject("metadata");
            whole.putArray("items").addAll(page.items());
            yield whole;
          }
        };
    ObjectNode metadata = Json.with(list, "metadata");
    metadata.put("resourceVersion", Long.toString(page.version()));
    if (!page.next().isEmpty()) {
      metadata.put("continue", page.next());
      metadata.put("remainingItemCount", page.remaining());
    }
    return list;
  }

  private static String include(HttpRequest request) {
    String include = request.parameter("includeObject");
    return include.isEmpty() ? "Metadata" : include;
  }

  static void json(Exchange exchange, int code, ObjectNode body) throws IOException {
    exchange.respond(code, JSON, (body + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
