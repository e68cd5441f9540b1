package io.kvorum.node.server.metrics;

/// Hears how health questions were answered, for the metrics.
public interface HealthCounts {

  /// `/health` was asked.
  void health(boolean healthy);

  /// One check of `/livez` or `/readyz` was run; `type` is `livez` or `readyz`.
  void check(String type, String name, boolean passed);
}
