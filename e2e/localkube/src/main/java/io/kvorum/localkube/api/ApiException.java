package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import io.kvorum.localkube.schema.FieldError;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A request that is refused, as the Status object that tells the client why.
public final class ApiException extends RuntimeException {

  private final int code;
  private final ObjectNode status;

  private ApiException(int code, String reason, String message, @Nullable ObjectNode details) {
    super(message);
    this.code = code;
    this.status = status(code, "Failure", reason, message, details);
  }

  public int code() {
    return code;
  }

  public String reason() {
    return Json.text(status, "reason");
  }

  public ObjectNode status() {
    return status;
  }

  /// A Status object.
  public static ObjectNode status(
      int code, String outcome, String reason, String message, @Nullable ObjectNode details) {
    ObjectNode status = Json.object();
    status.put("kind", "Status");
    status.put("apiVersion", "v1");
    status.putObject("metadata");
    status.put("status", outcome);
    if (!message.isEmpty()) {
      status.put("message", message);
    }
    if (!reason.isEmpty()) {
      status.put("reason", reason);
    }
    if (details != null) {
      status.set("details", details);
    }
    status.put("code", code);
    return status;
  }

  /// What a Status says about the object it speaks of.
  public static ObjectNode details(ResourceType type, String name) {
    ObjectNode details = Json.object();
    details.put("name", name);
    if (!type.group().isEmpty()) {
      details.put("group", type.group());
    }
    details.put("kind", type.plural());
    return details;
  }

  public static ApiException notFound(ResourceType type, String name) {
    return new ApiException(
        404, "NotFound", type.qualified() + " \"" + name + "\" not found", details(type, name));
  }

  public static ApiException noSuchPath() {
    return new ApiException(
        404, "NotFound", "the server could not find the requested resource", Json.object());
  }

  public static ApiException alreadyExists(ResourceType type, String name) {
    return new ApiException(
        409,
        "AlreadyExists",
        type.qualified() + " \"" + name + "\" already exists",
        details(type, name));
  }

  public static ApiException conflict(ResourceType type, String name, String why) {
    return new ApiException(
        409,
        "Conflict",
        "Operation cannot be fulfilled on " + type.qualified() + " \"" + name + "\": " + why,
        details(type, name));
  }

  /// A conflict with the owners of fields; each cause names one field.
  public static ApiException applyConflict(List<String[]> messageAndField) {
    ObjectNode details = Json.object();
    ArrayNode causes = details.putArray("causes");
    for (String[] each : messageAndField) {
      causes
          .addObject()
          .put("reason", "FieldManagerConflict")
          .put("message", each[0])
          .put("field", each[1]);
    }
    int count = messageAndField.size();
    String list =
        messageAndField.stream()
            .map(each -> each[0] + ": " + each[1])
            .collect(Collectors.joining("\n- ", count == 1 ? "" : "\n- ", ""));
    String head = "Apply failed with " + count + " conflict" + (count == 1 ? ": " : "s:");
    return new ApiException(409, "Conflict", head + list, details);
  }

  public static ApiException badRequest(String message) {
    return new ApiException(400, "BadRequest", message, null);
  }

  public static ApiException unauthorized() {
    return new ApiException(401, "Unauthorized", "Unauthorized", null);
  }

  public static ApiException forbidden(ResourceType type, String name, String message) {
    String subject = type.qualified() + (name.isEmpty() ? "" : " \"" + name + "\"");
    return new ApiException(
        403, "Forbidden", subject + " is forbidden: " + message, details(type, name));
  }

  public static ApiException forbiddenPath(String message) {
    return new ApiException(403, "Forbidden", "forbidden: " + message, Json.object());
  }

  public static ApiException methodNotAllowed() {
    return new ApiException(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
        null);
  }

  public static ApiException notAcceptable(String message) {
    return new ApiException(406, "NotAcceptable", message, null);
  }

  public static ApiException unsupportedMediaType(String type) {
    return new ApiException(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
            + "application/json, application/yaml; got "
            + type,
        null);
  }

  public static ApiException expired(String message) {
    return new ApiException(410, "Expired", message, null);
  }

  public static ApiException tooManyRequests(String message) {
    return new ApiException(429, "TooManyRequests", message, null);
  }

  public static ApiException notImplemented(String message) {
    return new ApiException(501, "NotImplemented", message, null);
  }

  public static ApiException internal(String message) {
    return new ApiException(500, "InternalError", "Internal error occurred: " + message, null);
  }

  public static ApiException invalid(ResourceType type, String name, List<FieldError> errors) {
    ObjectNode details = Json.object();
    details.put("name", name);
    if (!type.group().isEmpty()) {
      details.put("group", type.group());
    }
    details.put("kind", type.kind());
    ArrayNode causes = details.putArray("causes");
    for (FieldError error : errors) {
      causes
          .addObject()
          .put("reason", error.kind().reason())
          .put("message", error.message())
          .put("field", error.path());
    }
    List<String> sentences = errors.stream().map(FieldError::sentence).toList();
    String all =
        sentences.size() == 1 ? sentences.getFirst() : "[" + String.join(", ", sentences) + "]";
    String kind = type.kind() + (type.group().isEmpty() ? "" : "." + type.group());
    return new ApiException(422, "Invalid", kind + " \"" + name + "\" is invalid: " + all, details);
  }
}
