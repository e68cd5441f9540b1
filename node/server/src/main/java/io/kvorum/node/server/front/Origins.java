package io.kvorum.node.server.front;

import io.kvorum.node.server.http.HttpCall;
import java.util.List;
import java.util.Map;

/// Which web pages may use this member from a browser, as `--cors` says.
record Origins(List<String> allowed) {

  private static final List<Map.Entry<String, String>> WHAT =
      List.of(
          Map.entry("access-control-allow-headers", "accept, content-type, authorization"),
          Map.entry("access-control-allow-methods", "POST, GET, OPTIONS, PUT, DELETE"));

  Origins {
    allowed = List.copyOf(allowed);
  }

  /// The headers that let the page behind this request read the answer; none if it may not.
  List<Map.Entry<String, String>> headers(HttpCall call) {
    String origin = call.header("origin");
    if (allowed.isEmpty() || allowed.contains("*")) {
      return headers("*");
    }
    return !origin.isEmpty() && allowed.contains(origin) ? headers(origin) : List.of();
  }

  private static List<Map.Entry<String, String>> headers(String origin) {
    return List.of(WHAT.get(0), WHAT.get(1), Map.entry("access-control-allow-origin", origin));
  }
}
