package io.kvorum.node.core.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// What was written is walked through as it was written, wherever the values lie.
final class HistoryWalkTest {

  @Test
  void changes_comeInTheOrderOfHistory_withTheirValues() {
    Seeds.forEach(
        20,
        random -> {
          List<HistoryWalk.Change> written = random(random, 1 + random.nextInt(3_000), 40);
          assertWalked(written);
        });
  }

  /// More than is held at once: these values are looked up when it is their turn.
  @Test
  void valuesWithoutRoom_areThere() {
    Seeds.forEach(2, random -> assertWalked(random(random, 300, 100_000)));
    Seeds.forEach(1, random -> assertWalked(random(random, 6, 5 << 20)));
  }

  private static void assertWalked(List<HistoryWalk.Change> written) {
    var store = new MemoryStore();
    var filling = new Import(store);
    written.forEach(filling::add);
    filling.finish(List.of(), filling.revision(), new Import.Compacted(-1, -1));
    try (View view = Kv.open(store).view();
        HistoryWalk walk = view.history()) {
      Set<List<Long>> facts = new HashSet<>();
      for (HistoryWalk.Change change : written) {
        assertThat(walk.next()).isTrue();
        assertThat(walk.change()).isEqualTo(change);
        facts.add(facts(walk));
      }
      assertThat(walk.next()).isFalse();
      assertThat(walk.next()).isFalse();
      assertSizesAre(view, facts);
    }
  }

  /// What a backup counts before it writes is what it writes.
  static void assertWalksAgree(View view) {
    Set<List<Long>> facts = new HashSet<>();
    try (HistoryWalk walk = view.history()) {
      while (walk.next()) {
        facts.add(facts(walk));
      }
    }
    assertSizesAre(view, facts);
  }

  private static void assertSizesAre(View view, Set<List<Long>> expected) {
    Set<List<Long>> found = new HashSet<>();
    try (ChangeSizes sizes = view.changeSizes()) {
      while (sizes.next()) {
        assertThat(found.add(facts(sizes))).isTrue();
      }
    }
    assertThat(found).isEqualTo(expected);
  }

  private static List<Long> facts(WalkedChange change) {
    return List.of(
        change.main(),
        (long) change.sub(),
        change.isDeletion() ? 1L : 0L,
        change.createRevision(),
        change.version(),
        change.lease(),
        (long) change.keyLength(),
        (long) change.valueLength());
  }

  /// Some revisions change several keys, some keys lie side by side, many are overwritten or gone.
  private static List<HistoryWalk.Change> random(
      RandomGenerator random, int count, int longestValue) {
    var changes = new ArrayList<HistoryWalk.Change>();
    int keys = 1 + random.nextInt(2 * count);
    long main = 2;
    while (changes.size() < count) {
      Set<Bytes> ofRevision = new HashSet<>();
      int wide = random.nextInt(10) == 0 ? 1 + random.nextInt(20) : 1;
      for (int sub = 0; sub < wide; sub++) {
        Bytes key = key(random, keys);
        if (ofRevision.add(key)) {
          changes.add(change(random, main, sub, key, longestValue));
        }
      }
      main += 1 + random.nextInt(2);
    }
    return changes;
  }

  private static Bytes key(RandomGenerator random, int keys) {
    int number = random.nextInt(keys);
    return number % 7 == 0
        ? Bytes.wrap(new byte[] {0, (byte) number, 0, (byte) (number >> 8)})
        : Bytes.utf8("%06d".formatted(number));
  }

  private static HistoryWalk.Change change(
      RandomGenerator random, long main, int sub, Bytes key, int longestValue) {
    if (random.nextInt(6) == 0) {
      return new HistoryWalk.Change(sub, true, KeyValue.deleted(key, main));
    }
    var value = new byte[random.nextInt(longestValue)];
    random.nextBytes(value);
    return new HistoryWalk.Change(
        sub,
        false,
        new KeyValue(
            key,
            1 + random.nextLong(main),
            main,
            1 + random.nextInt(1_000),
            random.nextBoolean() ? 0 : random.nextLong(),
            Bytes.wrap(value)));
  }
}
