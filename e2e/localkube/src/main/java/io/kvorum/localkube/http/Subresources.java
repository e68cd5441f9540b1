package io.kvorum.localkube.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.Api;
import io.kvorum.localkube.api.ApiException;
import io.kvorum.localkube.api.DeleteOptions;
import io.kvorum.localkube.api.Disruptions;
import io.kvorum.localkube.api.PodLogs;
import io.kvorum.localkube.api.Target;
import io.kvorum.localkube.api.Tokens;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.patch.JsonPatch;
import io.kvorum.localkube.patch.MergePatch;
import java.io.IOException;
import java.time.Instant;

/// Answers requests about parts of objects: status, scale, logs, tokens, evictions.
final class Subresources {

  /// Tokens live at least as long as Kubernetes grants, and at most a year.
  private static final long MIN_TOKEN_SECONDS = 600;

  private static final long MAX_TOKEN_SECONDS = 31_536_000;

  private final Api api;
  private final Tokens tokens;
  private final PodLogs logs;
  private final ResourceCalls objects;

  Subresources(Api api, Tokens tokens, PodLogs logs, ResourceCalls objects) {
    this.api = api;
    this.tokens = tokens;
    this.logs = logs;
    this.objects = objects;
  }

  void handle(Call call) throws IOException, InterruptedException {
    if (!call.type().subresources().contains(call.subresource()) || call.name().isEmpty()) {
      throw ApiException.noSuchPath();
    }
    switch (call.subresource()) {
      case "status" -> Media.json(call.exchange(), 200, status(call));
      case "scale" -> Media.json(call.exchange(), 200, scale(call));
      case "log" -> LogStream.serve(call, api, logs);
      case "token" -> Media.json(call.exchange(), 201, token(call));
      case "eviction" -> Media.json(call.exchange(), 201, evict(call));
      case "binding" -> Media.json(call.exchange(), 201, bind(call));
      case "finalize" -> Media.json(call.exchange(), 200, finalizers(call));
      case "exec", "attach", "portforward" ->
          throw ApiException.notImplemented(
              call.subresource()
                  + " is not served by this local Kubernetes: a Pod is a process of this machine;"
                  + " reach it at its Pod address");
      default -> throw ApiException.noSuchPath();
    }
  }

  private ObjectNode status(Call call) {
    Target target = call.target("status");
    return switch (call.verb()) {
      case "get" -> api.get(target);
      case "update" -> api.update(target, call.body(), call.writeOptions());
      case "patch" -> objects.patch(call, target);
      default -> throw ApiException.methodNotAllowed();
    };
  }

  private ObjectNode scale(Call call) {
    Target target = call.target("scale");
    return switch (call.verb()) {
      case "get" -> api.scale(target);
      case "update" -> api.updateScale(target, call.body(), call.writeOptions());
      case "patch" -> {
        ObjectNode scale = api.scale(target);
        var patched =
            call.request().header("content-type").contains("json-patch")
                ? JsonPatch.apply(scale, call.parsed())
                : MergePatch.apply(scale, call.body());
        yield api.updateScale(target, Call.object(patched), call.writeOptions());
      }
      default -> throw ApiException.methodNotAllowed();
    };
  }

  private ObjectNode token(Call call) {
    ObjectNode request = call.body();
    ObjectNode account = api.get(call.target(""));
    long asked = Json.number(request, 3600, "spec", "expirationSeconds");
    long seconds = Math.clamp(asked, MIN_TOKEN_SECONDS, MAX_TOKEN_SECONDS);
    String uid = Json.text(account, "metadata", "uid");
    request.put("kind", "TokenRequest").put("apiVersion", "authentication.k8s.io/v1");
    ObjectNode metadata = Json.with(request, "metadata");
    metadata.put("name", call.name()).put("namespace", call.namespace());
    ObjectNode status = request.putObject("status");
    status.put("token", tokens.serviceAccount(call.namespace(), call.name(), uid, seconds));
    status.put(
        "expirationTimestamp",
        Instant.ofEpochSecond(Instant.now().getEpochSecond() + seconds).toString());
    return request;
  }

  /// Deletes a Pod if the disruption budgets permit it.
  private ObjectNode evict(Call call) {
    ObjectNode body = call.body();
    ObjectNode pod = api.get(call.target(""));
    new Disruptions(api).checkEviction(pod);
    api.delete(
        call.target(""), DeleteOptions.of(Json.at(body, "deleteOptions"), "", "", call.dryRun()));
    ObjectNode done = ApiException.status(201, "Success", "", "", null);
    return done;
  }

  private ObjectNode bind(Call call) {
    String node = Json.text(call.body(), "target", "name");
    api.modify(
        call.target("binding"),
        pod -> {
          if (!Json.text(pod, "spec", "nodeName").isEmpty()) {
            throw ApiException.conflict(call.type(), call.name(), "pod is already assigned");
          }
          Json.with(pod, "spec").put("nodeName", node);
          return pod;
        },
        call.writeOptions());
    return ApiException.status(201, "Success", "", "", null);
  }

  /// Removes the finalizers in a namespace's spec, which only this way can.
  private ObjectNode finalizers(Call call) {
    ObjectNode body = call.body();
    return api.modify(
        call.target("finalize"),
        namespace -> {
          Json.with(namespace, "spec")
              .set("finalizers", Json.strings(Json.texts(body, "spec", "finalizers")));
          return namespace;
        },
        call.writeOptions());
  }
}
