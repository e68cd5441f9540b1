package io.kvorum.node.server.metrics;

/// Renders the current metrics.
public interface MetricsText {

  /// The metrics in the format that the `Accept` header prefers.
  Page scrape(String accept);

  /// A rendered page.
  record Page(String contentType, String body) {}
}
