package io.kvorum.node.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.testkit.Seeds;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What a record says, and in which order clients try.
final class TargetTest {

  @Test
  void aRecord_isReadWithoutTheDot() {
    assertThat(Target.parse("0 5 2380 infra0.example.com."))
        .isEqualTo(new Target(0, 5, 2380, "infra0.example.com"));
    assertThatThrownBy(() -> Target.parse("10.0.0.1")).hasMessage("no SRV record: 10.0.0.1");
  }

  @Test
  void lowPrioritiesComeFirst_andEveryTargetOnce() {
    List<Target> targets =
        List.of(
            new Target(2, 0, 1, "last"),
            new Target(1, 10, 1, "heavy"),
            new Target(1, 0, 1, "light"),
            new Target(1, 0, 1, "light"));
    Seeds.forEach(
        100,
        random -> {
          List<Target> order = Target.shuffled(targets, random);
          assertThat(order).containsExactlyInAnyOrderElementsOf(targets);
          assertThat(order.getLast().host()).isEqualTo("last");
        });
  }

  @Test
  void heavyTargets_comeFirstMoreOften() {
    List<Target> targets = List.of(new Target(0, 9, 1, "heavy"), new Target(0, 0, 1, "light"));
    var random = new SplittableRandom(1);
    int heavy = 0;
    for (int i = 0; i < 1_000; i++) {
      if (Target.shuffled(targets, random).getFirst().host().equals("heavy")) {
        heavy++;
      }
    }
    assertThat(heavy).isBetween(850, 980);
  }
}
