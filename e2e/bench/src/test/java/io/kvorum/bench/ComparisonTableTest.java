package io.kvorum.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Golden;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTableTest {

  private static final Case PUT = new Case(3, "put c100");
  private static final Case START = new Case(1, StartScenario.NAME);
  private static final Case AT_REST = new Case(1, "range-l c1000");
  private static final Case AFTER_PUTS = new Case(1, "range-l after puts c1000");

  private static Results results() {
    var results = new Results(List.of("etcd", "kvorum"));
    for (int round = 0; round < 3; round++) {
      results.add(PUT, 0, requests(8_000 + 500 * round));
      results.add(PUT, 1, requests(17_000 - 300 * round));
    }
    results.add(START, 0, seconds(0.5));
    results.add(START, 1, seconds(1.2));
    results.add(AFTER_PUTS, 0, requests(10_000));
    results.add(AFTER_PUTS, 1, requests(30_000));
    results.add(AT_REST, 0, requests(28_000));
    results.add(AT_REST, 1, requests(40_000));
    return results;
  }

  private static Results.Measurement requests(double rate) {
    return new Results.Measurement()
        .with(Figure.RATE, rate)
        .with(Figure.P99, 30_000 / rate)
        .with(Figure.CPU, 800 / rate)
        .with(Figure.RESIDENT, 120)
        .with(Figure.FAILED, 0);
  }

  private static Results.Measurement seconds(double seconds) {
    return new Results.Measurement().with(Figure.SECONDS, seconds);
  }

  @Test
  void mediansRatiosAndTargets() {
    Golden.file(
        Path.of("src/test/resources/golden/comparison.txt"), ComparisonTable.text(results()));
  }

  @Test
  void theSameAsJson() {
    Golden.file(
        Path.of("src/test/resources/golden/comparison.json"),
        ComparisonTable.json(results()).toPrettyString() + "\n");
  }

  @Test
  void readsAfterPutsAreHeldAgainstTheBetterState() {
    assertThat(results().base(AFTER_PUTS, Figure.RATE)).isEqualTo(28_000);
    assertThat(results().base(AFTER_PUTS, Figure.CPU)).isEqualTo(0.08);
  }
}
