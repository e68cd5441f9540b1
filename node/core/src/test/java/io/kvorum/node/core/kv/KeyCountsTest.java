package io.kvorum.node.core.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Counts by buckets against counts by walking, over enough keys that buckets split and merge.
final class KeyCountsTest {

  private static final int KEYS = 20_000;
  private static final int BATCHES = 60;
  private static final Bytes OPEN = Bytes.wrap(new byte[] {0});

  /// A state machine beside the set of its keys.
  private static final class Pair {
    MemoryStore store = new MemoryStore();
    Kv kv = Kv.open(store);
    final TreeSet<Bytes> keys = new TreeSet<>();

    View apply(List<Command> commands) {
      List<Committed> entries = new ArrayList<>();
      for (Command command : commands) {
        long index = kv.appliedIndex() + entries.size() + 1;
        entries.add(new Committed.CommandEntry(index, 1, CommandCodec.encode(index, command)));
      }
      return kv.apply(entries).view();
    }

    List<Command> randomCommands(RandomGenerator random) {
      boolean shrinks = random.nextInt(3) == 0;
      List<Command> commands = new ArrayList<>();
      for (int i = random.nextInt(400); i > 0; i--) {
        Bytes key = key(random.nextInt(KEYS));
        if (shrinks && random.nextInt(4) != 0) {
          Bytes end = random.nextInt(10) == 0 ? key(random.nextInt(KEYS)) : key.next();
          commands.add(new Command.DeleteRange(key, end, false));
          keys.removeIf(KeyRange.of(key, end)::wants);
        } else {
          commands.add(Command.Put.of(key, Bytes.EMPTY));
          keys.add(key);
        }
      }
      return commands;
    }
  }

  private static Bytes key(int number) {
    return Bytes.utf8("key/%05d".formatted(number));
  }

  @Test
  void count_ofEveryView_isThatOfAWalk() {
    Seeds.forEach(
        2,
        random -> {
          var pair = new Pair();
          for (int i = 0; i < BATCHES; i++) {
            try (View view = pair.apply(pair.randomCommands(random))) {
              KeyCounts counts = view.present().counts();
              assertThat(i % 5 != 0 || counts.agreesWith(view.present())).isTrue();
              assertThat(counts.biggest()).isLessThanOrEqualTo(KeyCounts.MAX_BUCKET);
              assertThat(counts.total()).isEqualTo(pair.keys.size());
              assertThat(KeyCounts.read(view.reader())).isEqualTo(counts);
              for (int j = 0; j < 5; j++) {
                Bytes from = key(random.nextInt(KEYS));
                Bytes to = random.nextInt(5) == 0 ? OPEN : key(random.nextInt(KEYS));
                KeyRange range = KeyRange.of(from, to);
                long walked = pair.keys.stream().filter(range::wants).count();
                assertThat(view.present().count(range)).isEqualTo(walked);
                assertThat(counts.estimate(range)).isGreaterThanOrEqualTo(walked);
              }
            }
          }
        });
  }

  @Test
  void bigBatch_splitsABucketIntoMany_andDeletingAllMergesThem() {
    var pair = new Pair();
    List<Command> puts = new ArrayList<>();
    for (int i = 0; i < 10 * KeyCounts.MAX_BUCKET; i++) {
      puts.add(Command.Put.of(key(i), Bytes.EMPTY));
    }
    View full = pair.apply(puts);
    assertThat(full.present().counts().biggest()).isLessThanOrEqualTo(KeyCounts.MAX_BUCKET);
    assertThat(full.present().counts().agreesWith(full.present())).isTrue();
    View empty = pair.apply(List.of(new Command.DeleteRange(OPEN, OPEN, false)));
    assertThat(empty.keys()).isZero();
    assertThat(empty.present().counts().agreesWith(empty.present())).isTrue();
    assertThat(full.keys()).as("an older view keeps its counts").isEqualTo(puts.size());
  }

  @Test
  void pagesAtARevision_haveTheCountOfWhatIsLeft_whateverIsWrittenMeanwhile() {
    Seeds.forEach(
        2,
        random -> {
          var pair = new Pair();
          while (pair.keys.size() < 3_000) {
            pair.apply(pair.randomCommands(random)).close();
          }
          var counts = new PageCounts();
          var forgetful = new PageCounts();
          List<Bytes> keys = List.copyOf(pair.keys);
          long revision = 0;
          Bytes from = OPEN;
          int at = 0;
          while (at < keys.size()) {
            try (View view = pair.apply(pair.randomCommands(random))) {
              if (at == 0) {
                keys = List.copyOf(pair.keys);
                revision = view.revision();
              }
              RangeQuery query = RangeQuery.of(from, OPEN).withLimit(500).withRevision(revision);
              PageCounts memory = random.nextBoolean() ? counts : forgetful;
              var page = ((Outcome.Ranged) view.range(query, memory)).result();
              int end = Math.min(at + 500, keys.size());
              assertThat(page.kvs().stream().map(KeyValue::key).toList())
                  .isEqualTo(keys.subList(at, end));
              assertThat(page.count()).isEqualTo(keys.size() - at);
              assertThat(page.more()).isEqualTo(end < keys.size());
              at = end;
              from = page.kvs().getLast().key().next();
            }
          }
        });
  }
}
