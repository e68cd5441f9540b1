package io.kvorum.node.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// How often somebody may do something.
final class RateLimitTest {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final RateLimit limit = new RateLimit(3);

  @Test
  void whatAMinuteAllows_mayComeAtOnce_andComesBackEvenly() {
    for (int i = 0; i < 3; i++) {
      assertThat(limit.allows("a", 0)).isTrue();
    }
    assertThat(limit.allows("a", 0)).isFalse();
    assertThat(limit.allows("a", 19 * SECOND)).isFalse();
    assertThat(limit.allows("a", 21 * SECOND)).isTrue();
    assertThat(limit.allows("a", 21 * SECOND)).isFalse();
  }

  @Test
  void others_haveTheirOwn_andNobodySavesMoreThanAMinute() {
    for (int i = 0; i < 3; i++) {
      assertThat(limit.allows("a", 0)).isTrue();
    }
    assertThat(limit.allows("b", 0)).isTrue();
    for (int i = 0; i < 3; i++) {
      assertThat(limit.allows("a", 1_000 * SECOND)).isTrue();
    }
    assertThat(limit.allows("a", 1_000 * SECOND)).isFalse();
  }
}
