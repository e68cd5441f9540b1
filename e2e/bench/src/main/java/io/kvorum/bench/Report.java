package io.kvorum.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;

/// Outcomes as a person or a program reads them.
final class Report {

  private static final double[] SHARES = {0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999};

  private Report() {}

  static String text(Outcome outcome) {
    var text = new StringBuilder();
    text.append(
        """
        Summary:
          Total:        %.4f s
          Requests:     %d
          Requests/sec: %.1f
        """
            .formatted(outcome.seconds(), outcome.latencies().total(), outcome.ratePerSecond()));
    if (outcome.kinds().isEmpty()) {
      appendLatencies(text, "Latency", outcome.latencies());
    }
    outcome
        .kinds()
        .forEach((kind, latencies) ->
            appendLatencies(
                text, "Latency of %s (%d)".formatted(kind, latencies.total()), latencies));
    appendErrors(text, outcome);
    return text.toString();
  }

  /// What watchers saw of the puts that a load made.
  static String text(WatchOutcome outcome) {
    var text = new StringBuilder();
    text.append(
        """
        Summary:
          Total:        %.4f s
          Puts:         %d
          Puts/sec:     %.1f
          Watchers:     %d
          Events:       %d
          Events/sec:   %.1f
        """
            .formatted(
                outcome.seconds(),
                outcome.puts().latencies().total(),
                outcome.puts().ratePerSecond(),
                outcome.watchers(),
                outcome.latencies().total(),
                outcome.ratePerSecond()));
    appendLatencies(text, "From a put's sending to its event", outcome.latencies());
    appendLatencies(text, "From a put's sending to its answer", outcome.puts().latencies());
    appendErrors(text, outcome.puts());
    outcome
        .faults()
        .forEach((fault, count) -> text.append("%nWatchers: %d × %s%n".formatted(count, fault)));
    return text.toString();
  }

  private static void appendLatencies(
      StringBuilder text, String title, LatencyHistogram latencies) {
    text.append("%n%s:%n  mean   %.3f ms%n".formatted(title, latencies.meanMillis()));
    for (double share : SHARES) {
      text.append("  %s %.3f ms%n".formatted(name(share), latencies.percentileMillis(share)));
    }
    text.append("  max    %.3f ms%n".formatted(latencies.maxMillis()));
  }

  private static void appendErrors(StringBuilder text, Outcome outcome) {
    if (!outcome.errors().isEmpty()) {
      text.append("\nErrors:\n");
      outcome
          .errors()
          .forEach((error, count) -> text.append("  %d × %s%n".formatted(count, error)));
    }
  }

  static ObjectNode json(Outcome outcome) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("seconds", outcome.seconds());
    json.put("requests", outcome.latencies().total());
    json.put("requestsPerSecond", outcome.ratePerSecond());
    putLatencies(json, outcome.latencies());
    if (!outcome.kinds().isEmpty()) {
      ObjectNode kinds = json.putObject("kinds");
      outcome
          .kinds()
          .forEach((kind, latencies) -> {
            ObjectNode node = kinds.putObject(kind).put("requests", latencies.total());
            putLatencies(node, latencies);
          });
    }
    ObjectNode errors = json.putObject("errors");
    outcome.errors().forEach(errors::put);
    return json;
  }

  static ObjectNode json(WatchOutcome outcome) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("seconds", outcome.seconds());
    json.put("watchers", outcome.watchers());
    json.put("events", outcome.latencies().total());
    json.put("eventsPerSecond", outcome.ratePerSecond());
    putLatencies(json, outcome.latencies());
    json.set("puts", json(outcome.puts()));
    ObjectNode faults = json.putObject("faults");
    outcome.faults().forEach(faults::put);
    return json;
  }

  private static void putLatencies(ObjectNode json, LatencyHistogram latencies) {
    json.put("averageMillis", latencies.meanMillis());
    json.put("slowestMillis", latencies.maxMillis());
    ObjectNode percentiles = json.putObject("percentileMillis");
    for (double share : SHARES) {
      percentiles.put(name(share).strip(), latencies.percentileMillis(share));
    }
  }

  private static String name(double share) {
    String percent = BigDecimal.valueOf(share * 100).stripTrailingZeros().toPlainString();
    return "p%-5s".formatted(percent);
  }
}
