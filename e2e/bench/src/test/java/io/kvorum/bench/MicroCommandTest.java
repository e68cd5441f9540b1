package io.kvorum.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// Every measurement of the inner parts once, for some milliseconds: they work, whatever they show.
class MicroCommandTest {

  @Test
  void everyMeasurementRuns() {
    Logging.quiet();
    int code =
        new CommandLine(new MicroCommand())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(
                "--forks=0",
                "--warm-up-iterations=0",
                "--iterations=1",
                "--time=5",
                "--param=batch=10",
                "--param=keys=200",
                "--param=page=100");

    assertThat(code).isZero();
  }
}
