package io.kvorum.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// When history is compacted and up to where, by a clock that the test moves. One revision is
/// written a minute, so a revision's number is also its age.
final class AutoCompactionTest {

  private static final long BEGIN = TimeUnit.HOURS.toNanos(7);

  /// Calls at the pace it wants for so long; gives `minute:revision` of each compaction, all of
  /// which succeed.
  private static List<String> run(AutoCompaction compaction, Duration time) {
    var compacted = new ArrayList<String>();
    for (Duration at = Duration.ZERO; at.compareTo(time) <= 0; at = at.plus(compaction.pace())) {
      long now = BEGIN + at.toNanos();
      long minute = at.toMinutes();
      compaction
          .step(now, minute + 1, true)
          .ifPresent(revision -> {
            compacted.add(minute + ":" + revision);
            compaction.compacted(now, revision);
          });
    }
    return compacted;
  }

  @Test
  void shortPeriod_compactsOncePerPeriod_toItsBeginning() {
    var compaction = new AutoCompaction.Periodic(Duration.ofMinutes(10), BEGIN);
    assertThat(compaction.pace()).isEqualTo(Duration.ofMinutes(1));
    assertThat(run(compaction, Duration.ofMinutes(45)))
        .containsExactly("10:1", "20:10", "30:20", "40:30");
  }

  @Test
  void longPeriod_waitsForIt_thenCompactsHourly() {
    var compaction = new AutoCompaction.Periodic(Duration.ofHours(5), BEGIN);
    assertThat(compaction.pace()).isEqualTo(Duration.ofMinutes(6));
    assertThat(run(compaction, Duration.ofHours(8)))
        .containsExactly("300:1", "360:55", "420:115", "480:175");
  }

  @Test
  void veryShortPeriod_doesNotSpin() {
    assertThat(new AutoCompaction.Periodic(Duration.ofNanos(1), BEGIN).pace())
        .isEqualTo(Duration.ofMillis(100));
  }

  @Test
  void idleStore_isNotCompactedTwice() {
    var compaction = new AutoCompaction.Periodic(Duration.ofMinutes(10), BEGIN);
    int compactions = 0;
    for (int minute = 0; minute < 100; minute++) {
      long now = BEGIN + TimeUnit.MINUTES.toNanos(minute);
      OptionalLong due = compaction.step(now, 7, true);
      if (due.isPresent()) {
        compactions++;
        compaction.compacted(now, due.getAsLong());
      }
    }
    assertThat(compactions).isEqualTo(1);
  }

  @Test
  void followers_takeNotesOnly_andCompactAtOnceWhenTheyLead() {
    var compaction = new AutoCompaction.Periodic(Duration.ofMinutes(10), BEGIN);
    for (int minute = 0; minute < 60; minute++) {
      assertThat(compaction.step(BEGIN + TimeUnit.MINUTES.toNanos(minute), minute + 1, false))
          .isEmpty();
    }
    assertThat(compaction.step(BEGIN + TimeUnit.MINUTES.toNanos(60), 61, true)).hasValue(50);
  }

  @Test
  void failedCompaction_isTriedAgainAtTheNextStep() {
    var compaction = new AutoCompaction.Periodic(Duration.ofMinutes(10), BEGIN);
    for (int minute = 0; minute < 10; minute++) {
      assertThat(compaction.step(BEGIN + TimeUnit.MINUTES.toNanos(minute), minute + 1, true))
          .isEmpty();
    }
    assertThat(compaction.step(BEGIN + TimeUnit.MINUTES.toNanos(10), 11, true)).hasValue(1);
    assertThat(compaction.step(BEGIN + TimeUnit.MINUTES.toNanos(11), 12, true)).hasValue(1);
    assertThat(compaction.step(BEGIN + TimeUnit.MINUTES.toNanos(12), 13, true)).hasValue(2);
  }

  @Test
  void revisions_keepsTheNewest() {
    var compaction = new AutoCompaction.Revisions(12, BEGIN);
    assertThat(compaction.pace()).isEqualTo(Duration.ofMinutes(5));
    assertThat(run(compaction, Duration.ofMinutes(27))).containsExactly("15:4", "20:9", "25:14");
    assertThat(compaction.step(BEGIN + TimeUnit.MINUTES.toNanos(30), 31, false)).isEmpty();
    assertThat(compaction.step(BEGIN + TimeUnit.MINUTES.toNanos(35), 26, true)).isEmpty();
  }
}
