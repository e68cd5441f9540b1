package io.kvorum.node.server.http;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// One HTTP request without its body.
///
/// @param rawQuery what stands behind the question mark, as it was sent; empty: nothing
/// @param headers by name in lower case; of a header that comes more than once the first value
/// @param commonName in the certificate of the client; empty if there is none
public record HttpCall(
    String method,
    String path,
    String rawQuery,
    Map<String, List<String>> query,
    Map<String, String> headers,
    String commonName) {

  public static HttpCall of(
      String method, String target, Map<String, String> headers, String commonName) {
    var decoder = new QueryStringDecoder(target, StandardCharsets.UTF_8);
    return new HttpCall(
        method, decoder.path(), decoder.rawQuery(), decoder.parameters(), headers, commonName);
  }

  public HttpCall withPath(String other) {
    return new HttpCall(method, other, rawQuery, query, headers, commonName);
  }

  /// The value of a header, or empty.
  public String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /// All values of a query parameter, in their order.
  public List<String> parameters(String name) {
    return query.getOrDefault(name, List.of());
  }

  /// The first value of a query parameter, or empty.
  public String parameter(String name) {
    List<String> values = parameters(name);
    return values.isEmpty() ? "" : values.getFirst();
  }
}
