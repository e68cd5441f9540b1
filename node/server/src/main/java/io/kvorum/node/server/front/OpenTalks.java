package io.kvorum.node.server.front;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The requests on HTTP/2 whose bodies are wanted and that are not answered to their end.
final class OpenTalks {

  private final Set<Http2Exchange> open = ConcurrentHashMap.newKeySet();

  void add(Http2Exchange exchange) {
    open.add(exchange);
  }

  void remove(Http2Exchange exchange) {
    open.remove(exchange);
  }

  /// Lets none of them go on for long.
  void drain() {
    open.forEach(exchange -> exchange.loop().execute(exchange::drain));
  }
}
