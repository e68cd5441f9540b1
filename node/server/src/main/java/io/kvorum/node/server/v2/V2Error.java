package io.kvorum.node.server.v2;

import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.V2Refusal;
import io.kvorum.node.server.http.HttpAnswer;
import io.kvorum.node.server.http.JsonText;
import java.util.List;
import java.util.Map;

/// An error of the keys API, under etcd's numbers and texts.
///
/// @param index that of the tree; 0 when nobody looked at it
record V2Error(int code, String message, String cause, long index) {

  static final V2Error UNAUTHORIZED =
      new V2Error(110, "The request requires user authentication", "Insufficient credentials", 0);

  static V2Error of(Outcome.V2Refused refused) {
    V2Refusal reason = refused.reason();
    return new V2Error(reason.code(), reason.message(), refused.cause(), refused.index());
  }

  static V2Error historyCleared(long oldest, long requested, long index) {
    V2Refusal reason = V2Refusal.HISTORY_CLEARED;
    String cause =
        "the requested history has been cleared [%d/%s]"
            .formatted(oldest, Long.toUnsignedString(requested));
    return new V2Error(reason.code(), reason.message(), cause, index);
  }

  static V2Error prevValueRequired() {
    return new V2Error(
        201, "PrevValue is Required in POST form", "\"prevValue\" cannot be empty", 0);
  }

  static V2Error ttlNotANumber() {
    return new V2Error(
        202, "The given TTL in POST form is not a number", "invalid value for \"ttl\"", 0);
  }

  static V2Error indexNotANumber(String field) {
    return new V2Error(
        203,
        "The given index in POST form is not a number",
        "invalid value for \"" + field + "\"",
        0);
  }

  static V2Error invalidField(String cause) {
    return new V2Error(209, "Invalid field", cause, 0);
  }

  static V2Error invalidForm(String cause) {
    return new V2Error(210, "Invalid POST form", cause, 0);
  }

  static V2Error refreshValue() {
    return new V2Error(211, "Value provided on refresh", "A value was provided on a refresh", 0);
  }

  static V2Error refreshTtlRequired() {
    return new V2Error(212, "A TTL must be provided on refresh", "No TTL value set", 0);
  }

  /// The cluster could not do it, for a reason of its own.
  static V2Error internal(String cause) {
    return new V2Error(300, "Raft Internal Error", cause, 0);
  }

  private int status() {
    return switch (code) {
      case 100 -> 404;
      case 102, 108 -> 403;
      case 101, 105 -> 412;
      case 110 -> 401;
      case 300, 301 -> 500;
      default -> 400;
    };
  }

  HttpAnswer answer() {
    String shown = cause.isEmpty() ? "" : ",\"cause\":" + JsonText.quote(cause);
    String body =
        "{\"errorCode\":%d,\"message\":%s%s,\"index\":%d}\n"
            .formatted(code, JsonText.quote(message), shown, index);
    return HttpAnswer.of(status(), HttpAnswer.JSON, body)
        .with(List.of(Map.entry("x-etcd-index", Long.toString(index))));
  }
}
