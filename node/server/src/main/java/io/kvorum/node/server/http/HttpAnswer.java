package io.kvorum.node.server.http;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One HTTP response.
///
/// @param contentType empty when there is nothing that has a type
/// @param headers besides type and length, in their order
public record HttpAnswer(
    int status, String contentType, ByteString body, List<Map.Entry<String, String>> headers) {

  public static final String TEXT = "text/plain; charset=utf-8";
  public static final String JSON = "application/json";

  /// Tells browsers not to guess another type.
  private static final Map.Entry<String, String> EXACT =
      Map.entry("x-content-type-options", "nosniff");

  public HttpAnswer {
    headers = List.copyOf(headers);
  }

  public static HttpAnswer of(int status, String contentType, ByteString body) {
    return new HttpAnswer(status, contentType, body, List.of());
  }

  public static HttpAnswer of(int status, String contentType, String body) {
    return of(status, contentType, ByteString.copyFromUtf8(body));
  }

  public static HttpAnswer ok(String contentType, String body) {
    return of(200, contentType, body);
  }

  /// A plain text that a browser must take for nothing else.
  public static HttpAnswer text(int status, String body) {
    return new HttpAnswer(status, TEXT, ByteString.copyFromUtf8(body), List.of(EXACT));
  }

  /// An answer without a body.
  public static HttpAnswer empty(int status) {
    return of(status, "", ByteString.EMPTY);
  }

  public static HttpAnswer notFound() {
    return text(404, "404 page not found\n");
  }

  public static HttpAnswer failed() {
    return text(500, "Internal Server Error\n");
  }

  public static HttpAnswer methodNotAllowed(String allow) {
    return new HttpAnswer(
        405,
        TEXT,
        ByteString.copyFromUtf8("Method Not Allowed\n"),
        List.of(Map.entry("allow", allow), EXACT));
  }

  public HttpAnswer with(List<Map.Entry<String, String>> more) {
    var all = new ArrayList<>(headers);
    all.addAll(more);
    return new HttpAnswer(status, contentType, body, all);
  }
}
