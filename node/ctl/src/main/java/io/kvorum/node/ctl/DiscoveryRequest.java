package io.kvorum.node.ctl;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A request to the discovery service.
///
/// @param base the service's own URL, as whoever asks knows it
/// @param client the address of whoever asks
record DiscoveryRequest(
    String method, List<String> path, Map<String, String> parameters, String base, String client) {

  DiscoveryRequest {
    path = List.copyOf(path);
    parameters = Map.copyOf(parameters);
  }

  /// Reads one from its URI and form.
  ///
  /// @throws IllegalArgumentException when an escape makes no sense
  static DiscoveryRequest of(String method, URI uri, String form, String base, String client) {
    var parameters = new HashMap<String, String>();
    read(parameters, uri.getRawQuery() == null ? "" : uri.getRawQuery());
    read(parameters, form);
    List<String> path =
        Stream.of(uri.getPath().split("/", -1)).filter(part -> !part.isEmpty()).toList();
    return new DiscoveryRequest(method, path, parameters, base, client);
  }

  private static void read(Map<String, String> parameters, String text) {
    for (String pair : text.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      if (!name.isEmpty()) {
        parameters.put(decoded(name), equals < 0 ? "" : decoded(pair.substring(equals + 1)));
      }
    }
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  boolean isGet() {
    return method.equals("GET");
  }
}
