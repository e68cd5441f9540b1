package io.kvorum.node.server.proxy;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/// Client URLs to forward to, without those that failed a moment ago.
final class Endpoints {

  private final long failureWaitNanos;
  private final Map<URI, Long> failedAt = new TreeMap<>();
  private List<URI> urls = List.of();

  Endpoints(long failureWaitNanos) {
    this.failureWaitNanos = failureWaitNanos;
  }

  synchronized void replace(List<URI> newUrls) {
    urls = List.copyOf(newUrls);
    failedAt.keySet().retainAll(urls);
  }

  /// In a new order each time, so that the load is everybody's.
  synchronized List<URI> usable(long nowNanos) {
    failedAt.values().removeIf(since -> nowNanos - since >= failureWaitNanos);
    var usable = new ArrayList<>(urls);
    usable.removeAll(failedAt.keySet());
    Collections.shuffle(usable, ThreadLocalRandom.current());
    return usable;
  }

  synchronized void failed(URI url, long nowNanos) {
    failedAt.put(url, nowNanos);
  }
}
