package io.kvorum.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// The results of a comparison: medians over the rounds, how far the rounds lie apart, and the
/// ratio of each contender to the first one.
final class ComparisonTable {

  private static final String ROW = "%-16s %-8s %10s %7s %9s %9s %9s %9s %8s%n";

  private ComparisonTable() {}

  static String text(List<String> names, Map<Case, List<List<Measurement>>> results) {
    var text = new StringBuilder();
    int members = 0;
    for (var entry : results.entrySet()) {
      Case what = entry.getKey();
      if (what.members() != members) {
        members = what.members();
        text.append("%n%d member%s%n".formatted(members, members == 1 ? "" : "s"));
        text.append(
            ROW.formatted(
                "", "", "req/s", "spread", "p50 ms", "p99 ms", "cpu s/1k", "load s/1k", "rss MB"));
      }
      appendCase(text, names, what, entry.getValue());
    }
    return text.toString();
  }

  private static void appendCase(
      StringBuilder text, List<String> names, Case what, List<List<Measurement>> results) {
    String title = what.kind().text() + " c" + what.clients();
    Measurement first = median(results.getFirst());
    for (int i = 0; i < names.size(); i++) {
      Measurement median = median(results.get(i));
      text.append(
          ROW.formatted(
              i == 0 ? title : "",
              names.get(i),
              number("%,.0f", median.ratePerSecond()),
              number("%.0f%%", 100 * spread(results.get(i))),
              number("%.2f", median.medianMillis()),
              number("%.2f", median.p99Millis()),
              number("%.4f", median.cpuSeconds()),
              number("%.4f", median.loadCpuSeconds()),
              number("%.0f", median.residentMegabytes())));
      if (median.failed() > 0) {
        text.append("%16s %d requests failed in the median round%n".formatted("", median.failed()));
      }
      if (i > 0) {
        text.append(
            ROW.formatted(
                "",
                "  ratio",
                ratio(median, first, Measurement::ratePerSecond),
                "",
                ratio(median, first, Measurement::medianMillis),
                ratio(median, first, Measurement::p99Millis),
                ratio(median, first, Measurement::cpuSeconds),
                "",
                ratio(median, first, Measurement::residentMegabytes)));
      }
    }
  }

  private static String ratio(
      Measurement one, Measurement other, ToDoubleFunction<Measurement> figure) {
    double divisor = figure.applyAsDouble(other);
    return divisor == 0 ? "-" : number("%.2f×", figure.applyAsDouble(one) / divisor);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  static ObjectNode json(List<String> names, Map<Case, List<List<Measurement>>> results) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode cases = json.putArray("cases");
    results.forEach((what, byContender) -> {
      ObjectNode node = cases.addObject();
      node.put("members", what.members());
      node.put("kind", what.kind().text());
      node.put("clients", what.clients());
      ObjectNode systems = node.putObject("systems");
      for (int i = 0; i < names.size(); i++) {
        put(systems.putObject(names.get(i)), byContender.get(i));
      }
    });
    return json;
  }

  private static void put(ObjectNode node, List<Measurement> rounds) {
    Measurement median = median(rounds);
    node.put("requestsPerSecond", median.ratePerSecond());
    node.put("spread", spread(rounds));
    node.put("p50Millis", median.medianMillis());
    node.put("p99Millis", median.p99Millis());
    node.put("cpuSecondsPer1000", median.cpuSeconds());
    node.put("loadCpuSecondsPer1000", median.loadCpuSeconds());
    node.put("residentMegabytes", median.residentMegabytes());
    node.put("failed", rounds.stream().mapToLong(Measurement::failed).sum());
  }

  /// Each figure's own median.
  static Measurement median(List<Measurement> rounds) {
    return new Measurement(
        median(rounds, Measurement::ratePerSecond),
        median(rounds, Measurement::medianMillis),
        median(rounds, Measurement::p99Millis),
        median(rounds, Measurement::cpuSeconds),
        median(rounds, Measurement::loadCpuSeconds),
        median(rounds, Measurement::residentMegabytes),
        (long) median(rounds, Measurement::failed));
  }

  private static double median(List<Measurement> rounds, ToDoubleFunction<Measurement> figure) {
    double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /// How far the fastest and the slowest round lie apart, as a share of the median.
  private static double spread(List<Measurement> rounds) {
    var rates = rounds.stream().mapToDouble(Measurement::ratePerSecond).summaryStatistics();
    double median = median(rounds, Measurement::ratePerSecond);
    return median == 0 ? 0 : (rates.getMax() - rates.getMin()) / median;
  }
}
