package io.kvorum.node.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/// Who waits too long goes on all the same, and nobody else with him.
final class WaitsTest {

  private static final long TIMEOUT_NANOS = 10;

  private long now;

  @Test
  void sweep_letsGoOfThoseWhoAreLate_once() {
    var waits = new Waits(TIMEOUT_NANOS, () -> now, _ -> 0, () -> 0);
    var gone = new ArrayList<Integer>();
    for (int i = 0; i < 100; i++) {
      int number = i;
      now = i % 2;
      waits.until(1 + i % 7, () -> gone.add(number));
    }
    now = TIMEOUT_NANOS;
    waits.sweep();
    assertThat(gone).hasSize(50).allMatch(number -> number % 2 == 0);
    now = 1 + TIMEOUT_NANOS;
    waits.sweep();
    assertThat(gone).hasSize(100).doesNotHaveDuplicates();
  }
}
