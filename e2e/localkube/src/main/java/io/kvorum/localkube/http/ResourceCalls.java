package io.kvorum.localkube.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.Api;
import io.kvorum.localkube.api.ApiException;
import io.kvorum.localkube.api.DeleteOptions;
import io.kvorum.localkube.api.Page;
import io.kvorum.localkube.api.Patch;
import io.kvorum.localkube.api.Target;
import io.kvorum.localkube.json.Json;
import java.io.IOException;
import java.util.List;

/// Answers requests about whole objects.
final class ResourceCalls {

  private final Api api;

  ResourceCalls(Api api) {
    this.api = api;
  }

  void handle(Call call) throws IOException, InterruptedException {
    String verb = call.verb();
    if (!call.type().verbs().contains(verb)) {
      throw ApiException.methodNotAllowed();
    }
    switch (verb) {
      case "get" -> answer(call, 200, api.get(call.target("")));
      case "list" -> list(call);
      case "watch" -> WatchStream.serve(call, api);
      case "create" -> create(call);
      case "update" ->
          answer(call, 200, api.update(call.target(""), call.body(), call.writeOptions()));
      case "patch" -> answer(call, 200, patch(call, call.target("")));
      case "delete" ->
          Media.json(call.exchange(), 200, api.delete(call.target(""), deletion(call)));
      case "deletecollection" -> deleteAll(call);
      default -> throw ApiException.methodNotAllowed();
    }
  }

  private static void answer(Call call, int code, ObjectNode object) throws IOException {
    Media media = Media.of(call.request());
    Media.json(call.exchange(), code, media.show(object, call.type(), call.request(), true));
  }

  private void list(Call call) throws IOException {
    HttpRequest request = call.request();
    String limit = request.parameter("limit");
    boolean exact = request.parameter("resourceVersionMatch").equals("Exact");
    String version = request.parameter("resourceVersion");
    Page page =
        api.list(
            call.type(),
            call.namespace(),
            call.selector(),
            limit.matches("\\d{1,9}") ? Integer.parseInt(limit) : 0,
            request.parameter("continue"),
            exact && version.matches("\\d{1,18}") ? Long.parseLong(version) : 0);
    Media.json(call.exchange(), 200, Media.of(request).show(page, call.type(), request));
  }

  private void create(Call call) throws IOException {
    if (!call.name().isEmpty()) {
      throw ApiException.methodNotAllowed();
    }
    answer(call, 201, api.create(call.type(), call.namespace(), call.body(), call.writeOptions()));
  }

  /// Patches what the target names, by the patch type that the content type states.
  ObjectNode patch(Call call, Target target) {
    return api.patch(target, patchOf(call), call.writeOptions());
  }

  private static Patch patchOf(Call call) {
    String type = call.request().header("content-type").split(";", 2)[0].strip();
    return switch (type) {
      case "application/json-patch+json" -> new Patch.JsonOperations(call.parsed());
      case "application/merge-patch+json" -> new Patch.Merge(call.body());
      case "application/strategic-merge-patch+json" -> new Patch.Strategic(call.body());
      case "application/apply-patch+yaml", "application/apply-patch+json" -> {
        if (call.request().parameter("fieldManager").isEmpty()) {
          throw ApiException.badRequest("fieldManager is required for apply patch");
        }
        yield new Patch.Apply(call.body(), call.request().flag("force"));
      }
      default -> throw ApiException.unsupportedMediaType(type);
    };
  }

  private static DeleteOptions deletion(Call call) {
    JsonNode body = call.request().body().length == 0 ? null : call.parsed();
    HttpRequest request = call.request();
    return DeleteOptions.of(
        body,
        request.parameter("gracePeriodSeconds"),
        request.parameter("propagationPolicy"),
        call.dryRun());
  }

  private void deleteAll(Call call) throws IOException {
    DeleteOptions options = deletion(call);
    List<ObjectNode> all =
        api.list(call.type(), call.namespace(), call.selector(), 0, "", 0).items();
    ArrayNode items = Json.array();
    for (ObjectNode each : all) {
      var target =
          new Target(
              call.type(),
              Json.text(each, "metadata", "namespace"),
              Json.text(each, "metadata", "name"),
              "");
      try {
        api.delete(target, options);
        items.add(each);
      } catch (ApiException e) {
        if (e.code() != 404) {
          throw e;
        }
      }
    }
    ObjectNode list = Json.object();
    list.put("kind", call.type().listKind()).put("apiVersion", call.type().apiVersion());
    list.putObject("metadata").put("resourceVersion", Long.toString(api.version()));
    list.set("items", items);
    Media.json(call.exchange(), 200, list);
  }
}
