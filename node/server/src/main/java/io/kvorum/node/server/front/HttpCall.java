package io.kvorum.node.server.front;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// One HTTP request without its body, which no page wants.
///
/// @param accept the `Accept` header, empty when there is none
/// @param host the `Host` header or the authority, empty when there is none
record HttpCall(
    String method, String path, Map<String, List<String>> query, String accept, String host) {

  static HttpCall of(String method, String target, String accept, String host) {
    var decoder = new QueryStringDecoder(target, StandardCharsets.UTF_8);
    return new HttpCall(method, decoder.path(), decoder.parameters(), accept, host);
  }

  /// All values of a query parameter, in their order.
  List<String> parameters(String name) {
    return query.getOrDefault(name, List.of());
  }

  /// The first value of a query parameter, or empty.
  String parameter(String name) {
    List<String> values = parameters(name);
    return values.isEmpty() ? "" : values.getFirst();
  }
}
