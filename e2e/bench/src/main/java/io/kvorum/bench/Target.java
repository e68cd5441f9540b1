package io.kvorum.bench;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The ratio to the first system that a figure shall reach, or the bound of the figure itself.
///
/// @param atLeast whether the bound is a lower one
/// @param absolute whether the figure itself is bounded, not its ratio
record Target(double bound, boolean atLeast, boolean absolute) {

  private static final Target FIRST_PUT = new Target(1, false, true);
  private static final String MANY = " c1000";

  /// Least throughput and most CPU of puts, by members and clients.
  private record Puts(double rate, double cpu) {}

  private static final Map<Case, Puts> PUTS =
      Map.of(
          new Case(1, "put c1"), new Puts(1.05, 0.8),
          new Case(1, "put c100"), new Puts(1.4, 0.6),
          new Case(1, "put c1000"), new Puts(1.8, 0.4),
          new Case(3, "put c1"), new Puts(1.1, 0.7),
          new Case(3, "put c100"), new Puts(1.4, 0.6),
          new Case(3, "put c1000"), new Puts(1.8, 0.4));

  /// Most seconds, as a ratio, of what is done once.
  private static final Map<String, Double> SECONDS =
      Map.of(
          LoadedScenario.PAGES, 0.1,
          LoadedScenario.RESTART, 0.3,
          LoadedScenario.RESTART_AFTER_KILL, 0.3,
          LoadedScenario.SNAPSHOT, 0.7,
          CatchUpScenario.NAME, 0.7,
          FailoverScenario.NAME, 0.7);

  static Optional<Target> of(Case what, Figure figure) {
    Puts puts = PUTS.get(what);
    if (puts != null) {
      return ofPuts(puts, figure);
    }
    String name = what.name();
    if (name.startsWith("range") && name.endsWith(MANY)) {
      return switch (figure) {
        case RATE -> atLeast(1.2);
        case CPU -> atMost(0.8);
        default -> Optional.empty();
      };
    }
    if (name.equals(LoadedScenario.LOAD)) {
      return switch (figure) {
        case RATE -> atLeast(1.5);
        case RESIDENT -> atMost(1);
        default -> Optional.empty();
      };
    }
    if (name.equals(StreamCases.WATCH)) {
      return figure == Figure.RATE ? atLeast(1) : Optional.empty();
    }
    if (name.equals(StartScenario.NAME)) {
      return figure == Figure.SECONDS ? Optional.of(FIRST_PUT) : Optional.empty();
    }
    Double seconds = SECONDS.get(name);
    return seconds != null && figure == Figure.SECONDS ? atMost(seconds) : Optional.empty();
  }

  private static Optional<Target> ofPuts(Puts puts, Figure figure) {
    return switch (figure) {
      case RATE -> atLeast(puts.rate());
      case CPU -> atMost(puts.cpu());
      case P99 -> atMost(1);
      default -> Optional.empty();
    };
  }

  private static Optional<Target> atLeast(double bound) {
    return Optional.of(new Target(bound, true, false));
  }

  private static Optional<Target> atMost(double bound) {
    return Optional.of(new Target(bound, false, false));
  }

  boolean isMet(double value, double ratio) {
    double judged = absolute ? value : ratio;
    return atLeast ? judged >= bound : judged <= bound;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%s %.2f%s", atLeast ? "≥" : "≤", bound, absolute ? " s" : "×");
  }
}
