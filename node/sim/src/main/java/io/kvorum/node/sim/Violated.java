package io.kvorum.node.sim;

import java.util.List;
import java.util.stream.Collectors;

/// A run in which something happened that must not: what, under which circumstances, and how it
/// came to that.
public final class Violated extends AssertionError {
  private static final long serialVersionUID = 1L;

  private final transient Plan plan;
  private final String property;

  Violated(Plan plan, Throwable violation, String timeline) {
    super(
        "%s%n%nseed %d, %s%n%d steps:%n%s%n%s"
            .formatted(
                text(violation),
                plan.seed(),
                plan.climate(),
                plan.steps().size(),
                steps(plan.steps()),
                timeline),
        violation);
    this.plan = plan;
    this.property = property(violation);
  }

  private static String text(Throwable violation) {
    return violation instanceof RuntimeException
        ? violation.toString()
        : String.valueOf(violation.getMessage());
  }

  /// What was violated, without the numbers of this run.
  private static String property(Throwable violation) {
    String text = text(violation);
    int detail =
        text.indexOf(':', violation instanceof RuntimeException ? text.indexOf(':') + 1 : 0);
    return detail < 0 ? text : text.substring(0, detail);
  }

  private static String steps(List<Step> steps) {
    return steps.stream()
        .map(step -> "  at %4d  %s".formatted(step.tick(), step.act()))
        .collect(Collectors.joining("\n"));
  }

  Plan plan() {
    return plan;
  }

  public String property() {
    return property;
  }
}
