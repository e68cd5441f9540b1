package io.kvorum.node.server.front;

/// One HTTP response.
///
/// @param allow the `Allow` header of a 405, else empty
/// @param exact whether browsers are told not to guess another type
record HttpAnswer(int status, String contentType, String body, String allow, boolean exact) {

  static final String TEXT = "text/plain; charset=utf-8";
  static final String JSON = "application/json";

  static HttpAnswer ok(String contentType, String body) {
    return new HttpAnswer(200, contentType, body, "", false);
  }

  /// A plain text that a browser must take for nothing else.
  static HttpAnswer text(int status, String body) {
    return new HttpAnswer(status, TEXT, body, "", true);
  }

  static HttpAnswer notFound() {
    return text(404, "404 page not found\n");
  }

  static HttpAnswer methodNotAllowed(String allow) {
    return new HttpAnswer(405, TEXT, "Method Not Allowed\n", allow, true);
  }
}
