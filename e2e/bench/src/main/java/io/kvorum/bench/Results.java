package io.kvorum.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The figures of all cases, contenders and rounds, in the order in which they were measured first.
final class Results {

  /// What one run of a case showed.
  static final class Measurement {
    private final Map<Figure, Double> figures = new EnumMap<>(Figure.class);

    Measurement with(Figure figure, double value) {
      figures.put(figure, value);
      return this;
    }

    Map<Figure, Double> figures() {
      return figures;
    }
  }

  private final List<String> contenders;
  private final SequencedMap<Case, Map<Figure, List<List<Double>>>> values = new LinkedHashMap<>();

  Results(List<String> contenders) {
    this.contenders = contenders;
  }

  List<String> contenders() {
    return contenders;
  }

  void add(Case what, int contender, Measurement measurement) {
    var figures = values.computeIfAbsent(what, _ -> new EnumMap<>(Figure.class));
    measurement
        .figures()
        .forEach((figure, value) ->
            figures
                .computeIfAbsent(figure, _ -> contenders.stream().map(_ -> empty()).toList())
                .get(contender)
                .add(value));
  }

  private static List<Double> empty() {
    return new ArrayList<>();
  }

  Iterable<Case> cases() {
    return values.sequencedKeySet();
  }

  Iterable<Figure> figures(Case what) {
    return values.getOrDefault(what, Map.of()).keySet();
  }

  /// One value for each round.
  List<Double> rounds(Case what, Figure figure, int contender) {
    var ofFigure = values.getOrDefault(what, Map.of()).get(figure);
    return ofFigure == null ? List.of() : ofFigure.get(contender);
  }

  /// Of the rounds; 0 if there is none.
  double median(Case what, Figure figure, int contender) {
    double[] sorted =
        rounds(what, figure, contender).stream()
            .mapToDouble(Double::doubleValue)
            .sorted()
            .toArray();
    if (sorted.length == 0) {
      return 0;
    }
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /// What others are measured against: the first contender's median, and where it has two states,
  /// that of the better one.
  double base(Case what, Figure figure) {
    double own = median(what, figure, 0);
    if (figure != Figure.RATE || !what.name().contains(LoadScenario.AFTER_PUTS)) {
      return own;
    }
    var atRest = new Case(what.members(), what.name().replace(LoadScenario.AFTER_PUTS, ""));
    return Math.max(own, median(atRest, figure, 0));
  }
}
