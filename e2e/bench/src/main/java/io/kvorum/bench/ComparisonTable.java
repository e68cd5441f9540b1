package io.kvorum.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/// The results of a comparison: medians over the rounds, the ratio to the first contender with the
/// lowest and highest of the rounds, and what it should be.
final class ComparisonTable {

  private static final String UNMET = "UNMET";

  private final Results results;
  private final StringBuilder text = new StringBuilder();
  private final List<String> unmet = new ArrayList<>();
  private int targets;

  private ComparisonTable(Results results) {
    this.results = results;
  }

  static String text(Results results) {
    var table = new ComparisonTable(results);
    for (Case what : results.cases()) {
      table.append(what);
    }
    return table.text.append(table.summary()).toString();
  }

  private void append(Case what) {
    text.append("%n%-48s".formatted(what));
    for (int i = 0; i < results.contenders().size(); i++) {
      text.append("%12s".formatted(results.contenders().get(i)));
      if (i > 0) {
        text.append("%9s  %-13s".formatted("ratio", "rounds"));
      }
    }
    text.append("  target\n");
    for (Figure figure : results.figures(what)) {
      boolean news =
          IntStream.range(0, results.contenders().size())
              .anyMatch(i -> results.median(what, figure, i) != 0);
      if (figure != Figure.FAILED || news) {
        append(what, figure);
      }
    }
  }

  private void append(Case what, Figure figure) {
    var line = new StringBuilder("  %-46s".formatted(figure.text()));
    Optional<Target> target = Target.of(what, figure);
    var marks = new ArrayList<String>();
    for (int i = 0; i < results.contenders().size(); i++) {
      double median = results.median(what, figure, i);
      boolean measured = !results.rounds(what, figure, i).isEmpty();
      line.append("%12s".formatted(measured ? figure.format(median) : "-"));
      double base = results.base(what, figure);
      if (i > 0) {
        boolean comparable = base != 0 && measured;
        line.append(
            "%9s  %-13s"
                .formatted(
                    comparable ? times(median / base) : "-",
                    comparable ? ratiosOfRounds(what, figure, i) : ""));
      }
      if (i > 0 && measured && target.isPresent()) {
        marks.add(judge(what, figure, target.get(), i, median, base));
      }
    }
    target.ifPresent(t -> line.append("  %-8s %s".formatted(t, String.join(" ", marks))));
    text.append(line.toString().stripTrailing()).append('\n');
  }

  private String judge(
      Case what, Figure figure, Target target, int contender, double median, double base) {
    targets++;
    double ratio = base == 0 ? 0 : median / base;
    if (target.isMet(median, ratio)) {
      return "met";
    }
    String found = target.absolute() ? figure.format(median) + " s" : times(ratio);
    unmet.add(
        "%s: %s of %s is %s, wanted %s"
            .formatted(what, figure.text(), results.contenders().get(contender), found, target));
    return UNMET;
  }

  private String ratiosOfRounds(Case what, Figure figure, int contender) {
    DoubleSummaryStatistics ratios = roundRatios(what, figure, contender);
    return ratios.getCount() < 2
        ? ""
        : String.format(Locale.ROOT, "%.2f–%.2f", ratios.getMin(), ratios.getMax());
  }

  private DoubleSummaryStatistics roundRatios(Case what, Figure figure, int contender) {
    List<Double> first = results.rounds(what, figure, 0);
    List<Double> other = results.rounds(what, figure, contender);
    return IntStream.range(0, Math.min(first.size(), other.size()))
        .filter(round -> first.get(round) != 0)
        .mapToDouble(round -> other.get(round) / first.get(round))
        .summaryStatistics();
  }

  private static String times(double ratio) {
    return String.format(Locale.ROOT, "%.2f×", ratio);
  }

  private String summary() {
    if (targets == 0) {
      return "";
    }
    var lines =
        new StringBuilder("%n%d of %d targets met%n".formatted(targets - unmet.size(), targets));
    unmet.forEach(each -> lines.append("  %s  %s%n".formatted(UNMET, each)));
    return lines.toString();
  }

  static ObjectNode json(Results results) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode cases = json.putArray("cases");
    for (Case what : results.cases()) {
      ObjectNode node = cases.addObject().put("members", what.members()).put("case", what.name());
      ObjectNode figures = node.putObject("figures");
      for (Figure figure : results.figures(what)) {
        put(figures.putObject(figure.text()), results, what, figure);
      }
    }
    return json;
  }

  private static void put(ObjectNode node, Results results, Case what, Figure figure) {
    double base = results.base(what, figure);
    for (int i = 0; i < results.contenders().size(); i++) {
      ObjectNode system = node.putObject(results.contenders().get(i));
      double median = results.median(what, figure, i);
      system.put("median", median);
      ArrayNode rounds = system.putArray("rounds");
      results.rounds(what, figure, i).forEach(rounds::add);
      if (i > 0 && base != 0) {
        system.put("ratio", median / base);
        Target.of(what, figure)
            .ifPresent(target ->
                system
                    .put("target", target.toString())
                    .put("met", target.isMet(median, median / base)));
      }
    }
  }
}
