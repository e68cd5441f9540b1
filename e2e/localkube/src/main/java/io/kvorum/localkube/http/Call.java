package io.kvorum.localkube.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.api.ApiException;
import io.kvorum.localkube.api.ResourceType;
import io.kvorum.localkube.api.Selector;
import io.kvorum.localkube.api.Target;
import io.kvorum.localkube.api.User;
import io.kvorum.localkube.api.WriteOptions;
import io.kvorum.localkube.api.WriteOptions.UnknownFields;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.json.Yaml;
import io.kvorum.localkube.schema.BuiltinTypes;
import io.kvorum.localkube.schema.ProtobufReader;
import io.kvorum.localkube.schema.Schema;
import java.io.IOException;
import java.util.List;

/// One request that is about a resource.
///
/// @param name the object, or "" when it is about all of them
record Call(
    HttpRequest request,
    Exchange exchange,
    User user,
    ResourceType type,
    String namespace,
    String name,
    String subresource) {

  private static final int MAX_MANAGER_NAME = 128;

  Target target(String part) {
    return new Target(type, namespace, name, part);
  }

  /// The verb as RBAC names it.
  String verb() {
    return switch (request.method()) {
      case "GET", "HEAD" -> request.flag("watch") ? "watch" : name.isEmpty() ? "list" : "get";
      case "POST" -> "create";
      case "PUT" -> "update";
      case "PATCH" -> "patch";
      case "DELETE" -> name.isEmpty() ? "deletecollection" : "delete";
      default -> throw ApiException.methodNotAllowed();
    };
  }

  Selector selector() {
    String fields = request.parameter("fieldSelector");
    String named = name.isEmpty() ? "" : "metadata.name=" + name;
    String all = fields.isEmpty() || named.isEmpty() ? fields + named : fields + "," + named;
    return Selector.parse(request.parameter("labelSelector"), all, type);
  }

  WriteOptions writeOptions() {
    String manager = request.parameter("fieldManager");
    if (manager.isEmpty()) {
      String agent = request.header("user-agent");
      int slash = agent.indexOf('/');
      manager = slash > 0 ? agent.substring(0, slash) : "unknown";
    }
    String shortened =
        manager.length() > MAX_MANAGER_NAME ? manager.substring(0, MAX_MANAGER_NAME) : manager;
    return new WriteOptions(shortened, dryRun(), unknownFields(), exchange::warn);
  }

  boolean dryRun() {
    String wanted = request.parameter("dryRun");
    if (!wanted.isEmpty() && !wanted.equals("All")) {
      throw ApiException.badRequest("dryRun \"" + wanted + "\": the only value is All");
    }
    return !wanted.isEmpty();
  }

  private UnknownFields unknownFields() {
    return switch (request.parameter("fieldValidation")) {
      case "Strict" -> UnknownFields.STRICT;
      case "Ignore" -> UnknownFields.IGNORE;
      case "", "Warn" -> UnknownFields.WARN;
      default ->
          throw ApiException.badRequest("fieldValidation must be one of Ignore, Warn, Strict");
    };
  }

  ObjectNode body() {
    return object(parsed());
  }

  static ObjectNode object(JsonNode body) {
    if (body instanceof ObjectNode object) {
      return object;
    }
    throw ApiException.badRequest("the body must be an object");
  }

  /// What the body is: the object itself, or what a subresource speaks.
  private Schema bodySchema() {
    return switch (subresource) {
      case "token" -> BuiltinTypes.type("authentication.v1.TokenRequest");
      case "eviction" -> BuiltinTypes.type("policy.v1.Eviction");
      default ->
          request.method().equals("DELETE")
              ? BuiltinTypes.type("meta.v1.DeleteOptions")
              : type.schema();
    };
  }

  /// The body as a tree; JSON, YAML or protobuf.
  JsonNode parsed() {
    String type = request.header("content-type").split(";", 2)[0].strip();
    try {
      if (type.contains("yaml")) {
        List<ObjectNode> documents = Yaml.documents(request.body());
        if (documents.size() != 1) {
          throw ApiException.badRequest("the body must be one YAML document");
        }
        return documents.getFirst();
      }
      if (type.equals("application/vnd.kubernetes.protobuf")) {
        return ProtobufReader.read(request.body(), bodySchema());
      }
      if (!type.isEmpty() && !type.contains("json")) {
        throw ApiException.unsupportedMediaType(type);
      }
      return Json.parse(request.body());
    } catch (IOException e) {
      throw ApiException.badRequest("the body can't be read: " + e.getMessage());
    }
  }
}
