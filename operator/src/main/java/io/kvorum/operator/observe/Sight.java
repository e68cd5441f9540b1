package io.kvorum.operator.observe;

import io.kvorum.operator.plan.Observed;
import io.kvorum.operator.store.Endpoint;
import java.util.Map;

/// One look at a cluster: what the planner decides on, what only the status shows, and where
/// members answer.
public record Sight(
    Observed observed, Map<String, Details> details, Map<String, Endpoint> endpoints) {

  /// What the status shows of a member besides.
  public record Details(String node, String version, long dbSize, java.util.List<String> errors) {

    public static final Details NONE = new Details("", "", 0, java.util.List.of());
  }
}
