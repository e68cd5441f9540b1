package io.kvorum.node.core.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// The ring against a plain list, by random operations.
class EntryRingTest {
  @Test
  void behavesLikeAList() {
    Seeds.forEach(200, EntryRingTest::compare);
  }

  private static void compare(RandomGenerator random) {
    long first = random.nextLong(1, 1_000);
    EntryRing ring = new EntryRing(first);
    List<Entry> model = new ArrayList<>();
    for (int step = 0; step < 500; step++) {
      int choice = random.nextInt(10);
      if (choice < 7 || model.isEmpty()) {
        Entry entry =
            new Entry(1, first + model.size(), EntryType.COMMAND, new byte[random.nextInt(50)]);
        ring.add(entry);
        model.add(entry);
      } else if (choice == 7) {
        ring.dropFirst();
        model.removeFirst();
        first++;
      } else if (choice == 8) {
        int keep = random.nextInt(model.size() + 1);
        ring.cutFrom(first + keep);
        model.subList(keep, model.size()).clear();
      } else {
        int from = random.nextInt(model.size());
        int until = random.nextInt(from, model.size()) + 1;
        assertThat(ring.slice(first + from, first + until, Long.MAX_VALUE))
            .isEqualTo(model.subList(from, until));
        assertThat(ring.slice(first + from, first + until, 60)).isNotEmpty();
      }
      assertThat(ring.first()).isEqualTo(first);
      assertThat(ring.last()).isEqualTo(first + model.size() - 1);
      assertThat(ring.bytes()).isEqualTo(model.stream().mapToLong(Entry::size).sum());
    }
  }
}
