package io.kvorum.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;

/// An outcome as a person or a program reads it.
final class Report {

  private static final double[] SHARES = {0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999};

  private Report() {}

  static String text(Outcome outcome) {
    LatencyHistogram latencies = outcome.latencies();
    var text = new StringBuilder();
    text.append(
        """
        Summary:
          Total:        %.4f s
          Requests:     %d
          Requests/sec: %.1f
          Average:      %.3f ms
          Slowest:      %.3f ms

        Latency:
        """
            .formatted(
                outcome.seconds(),
                latencies.total(),
                outcome.ratePerSecond(),
                latencies.meanMillis(),
                latencies.maxMillis()));
    for (double share : SHARES) {
      text.append("  %s %.3f ms%n".formatted(name(share), latencies.percentileMillis(share)));
    }
    if (!outcome.errors().isEmpty()) {
      text.append("\nErrors:\n");
      outcome
          .errors()
          .forEach((error, count) -> text.append("  %d × %s%n".formatted(count, error)));
    }
    return text.toString();
  }

  static ObjectNode json(Outcome outcome) {
    LatencyHistogram latencies = outcome.latencies();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("seconds", outcome.seconds());
    json.put("requests", latencies.total());
    json.put("requestsPerSecond", outcome.ratePerSecond());
    json.put("averageMillis", latencies.meanMillis());
    json.put("slowestMillis", latencies.maxMillis());
    ObjectNode percentiles = json.putObject("percentileMillis");
    for (double share : SHARES) {
      percentiles.put(name(share).strip(), latencies.percentileMillis(share));
    }
    ObjectNode errors = json.putObject("errors");
    outcome.errors().forEach(errors::put);
    return json;
  }

  private static String name(double share) {
    String percent = BigDecimal.valueOf(share * 100).stripTrailingZeros().toPlainString();
    return "p%-5s".formatted(percent);
  }
}
