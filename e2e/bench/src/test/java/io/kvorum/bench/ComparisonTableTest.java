package io.kvorum.bench;

import io.kvorum.testkit.Golden;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ComparisonTableTest {

  @Test
  void mediansSpreadAndRatios() {
    var results = new TreeMap<Case, List<List<Measurement>>>();
    results.put(
        new Case(3, Case.Kind.PUT, 100),
        List.of(
            List.of(measured(8_000), measured(9_000), measured(8_500)),
            List.of(measured(17_000), measured(18_000), measured(16_000))));
    results.put(
        new Case(1, Case.Kind.RANGE_SERIALIZABLE, 1),
        List.of(List.of(measured(4_000)), List.of(measured(5_000))));
    Golden.file(
        Path.of("src/test/resources/golden/comparison.txt"),
        ComparisonTable.text(List.of("etcd", "kvorum"), results));
  }

  private static Measurement measured(double rate) {
    return new Measurement(rate, 1_000 / rate, 3_000 / rate, 100 / rate, 20 / rate, 50, 0);
  }
}
