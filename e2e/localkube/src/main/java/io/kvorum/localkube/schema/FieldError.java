package io.kvorum.localkube.schema;

import com.fasterxml.jackson.databind.JsonNode;

/// One thing that is wrong with one field, in the words Kubernetes uses.
///
/// @param path the field, such as `spec.containers[0].name`
/// @param kind what sort of wrong
/// @param message the whole sentence without the path
public record FieldError(String path, Kind kind, String message) {

  /// Kubernetes' reasons of a cause in a Status.
  public enum Kind {
    REQUIRED("FieldValueRequired"),
    INVALID("FieldValueInvalid"),
    NOT_SUPPORTED("FieldValueNotSupported"),
    FORBIDDEN("FieldValueForbidden"),
    DUPLICATE("FieldValueDuplicate"),
    TYPE_INVALID("FieldValueTypeInvalid");

    private final String reason;

    Kind(String reason) {
      this.reason = reason;
    }

    public String reason() {
      return reason;
    }
  }

  public static FieldError required(String path, String detail) {
    return new FieldError(
        path, Kind.REQUIRED, "Required value" + (detail.isEmpty() ? "" : ": " + detail));
  }

  public static FieldError invalid(String path, JsonNode value, String detail) {
    return new FieldError(path, Kind.INVALID, "Invalid value: " + shown(value) + ": " + detail);
  }

  public static FieldError invalid(String path, String value, String detail) {
    return new FieldError(path, Kind.INVALID, "Invalid value: \"" + value + "\": " + detail);
  }

  public static FieldError unsupported(String path, JsonNode value, Iterable<JsonNode> allowed) {
    var list = new StringBuilder();
    for (JsonNode each : allowed) {
      list.append(list.isEmpty() ? "" : ", ").append(each);
    }
    return new FieldError(
        path,
        Kind.NOT_SUPPORTED,
        "Unsupported value: " + shown(value) + ": supported values: " + list);
  }

  public static FieldError forbidden(String path, String detail) {
    return new FieldError(path, Kind.FORBIDDEN, "Forbidden: " + detail);
  }

  public static FieldError duplicate(String path, JsonNode value) {
    return new FieldError(path, Kind.DUPLICATE, "Duplicate value: " + shown(value));
  }

  /// Path and message, as one reads it on a terminal.
  public String sentence() {
    return path + ": " + message;
  }

  private static String shown(JsonNode value) {
    return value.isObject() ? "\"object\"" : value.isArray() ? "\"array\"" : value.toString();
  }
}
