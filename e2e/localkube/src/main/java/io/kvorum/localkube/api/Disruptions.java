package io.kvorum.localkube.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kvorum.localkube.json.Json;
import java.util.List;

/// Disruption budgets: how many Pods of a set may be missing.
public final class Disruptions {

  /// What a budget allows at the moment.
  public record Budget(long expected, long desired, long healthy, long allowed) {}

  private final Api api;

  public Disruptions(Api api) {
    this.api = api;
  }

  /// Throws when evicting this Pod would break a budget.
  public void checkEviction(ObjectNode pod) {
    String namespace = Json.text(pod, "metadata", "namespace");
    for (ObjectNode each : api.all(api.type("poddisruptionbudgets.policy"), namespace)) {
      boolean covers = Selector.ofObject(each.path("spec").path("selector")).selects(pod);
      if (covers && !(tolerates(each) && !ready(pod)) && budget(each).allowed() <= 0) {
        throw ApiException.tooManyRequests(
            "Cannot evict pod as it would violate the pod's disruption budget "
                + Json.text(each, "metadata", "name")
                + ".");
      }
    }
  }

  private static boolean tolerates(ObjectNode budget) {
    return Json.text(budget, "spec", "unhealthyPodEvictionPolicy").equals("AlwaysAllow");
  }

  public Budget budget(ObjectNode budget) {
    Selector selector = Selector.ofObject(budget.path("spec").path("selector"));
    List<ObjectNode> pods =
        api.all(api.type("pods"), Json.text(budget, "metadata", "namespace")).stream()
            .filter(selector::selects)
            .toList();
    long expected = pods.size();
    long healthy =
        pods.stream()
            .filter(pod -> ready(pod) && !Json.has(pod, "metadata", "deletionTimestamp"))
            .count();
    JsonNode most = Json.at(budget, "spec", "maxUnavailable");
    long desired =
        most != null
            ? Math.max(0, expected - share(most, expected))
            : share(budget.path("spec").path("minAvailable"), expected);
    return new Budget(expected, desired, healthy, Math.max(0, healthy - desired));
  }

  /// A number, or a percentage of a whole, rounded up.
  static long share(JsonNode value, long whole) {
    String text = value.asText("0");
    return text.endsWith("%")
        ? (Long.parseLong(text.substring(0, text.length() - 1)) * whole + 99) / 100
        : Long.parseLong(text);
  }

  public static boolean ready(JsonNode pod) {
    return Json.items(pod, "status", "conditions").stream()
        .anyMatch(each ->
            Json.text(each, "type").equals("Ready") && Json.text(each, "status").equals("True"));
  }
}
