package io.kvorum.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kvorum.testkit.Seeds;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {

  @Test
  void percentilesAreThoseOfTheSortedDurations() {
    Seeds.forEach(
        200,
        random -> {
          var histogram = new LatencyHistogram();
          long[] nanos = new long[1 + random.nextInt(2_000)];
          for (int i = 0; i < nanos.length; i++) {
            nanos[i] = random.nextLong(1L << (1 + random.nextInt(40)));
            histogram.record(nanos[i]);
          }
          Arrays.sort(nanos);
          for (double share : new double[] {0.01, 0.5, 0.9, 0.99, 1}) {
            double exact = nanos[(int) Math.ceil(share * nanos.length) - 1] / 1e6;
            assertThat(histogram.percentileMillis(share))
                .isCloseTo(exact, within(exact * 0.02 + 1e-9));
          }
        });
  }

  @Test
  void nothingRecordedIsZero() {
    assertThat(new LatencyHistogram().percentileMillis(0.99)).isZero();
  }
}
