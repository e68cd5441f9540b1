package io.kvorum.node.core.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A store filled from another one's history answers as that one does.
final class ImportTest {

  private static final int COMMANDS = 400;

  @Test
  void importedStore_readsAsTheOriginal() {
    Seeds.forEach(
        20,
        random -> {
          var original = new MemoryStore();
          Kv kv = Kv.open(original);
          var commands = new RandomCommands(random);
          var compaction = new Compaction(original);
          long revision = 1;
          for (int i = 1; i <= COMMANDS; i++) {
            byte[] command = CommandCodec.encode(i, commands.next(revision));
            try (View view = kv.apply(List.of(new Committed.CommandEntry(i, 1, command))).view()) {
              revision = view.revision();
            }
            if (random.nextInt(4) == 0) {
              compaction.step(1 + random.nextInt(10));
            }
          }
          MemoryStore copy = imported(kv);
          assertSame(kv, Kv.open(copy));
          finish(original);
          finish(copy);
          assertSame(kv, Kv.open(copy));
        });
  }

  @Test
  void deletionWithoutItsVersion_isKept() {
    var store = new MemoryStore();
    var filling = new Import(store);
    Bytes key = Bytes.utf8("gone");
    filling.add(new HistoryWalk.Change(0, true, KeyValue.deleted(key, 7)));
    filling.finish(List.of(), 9, new Import.Compacted(7, 7));
    try (View view = Kv.open(store).view()) {
      assertThat(view.revision()).isEqualTo(9);
      assertThat(view.keys()).isZero();
      assertThat(changes(view)).hasSize(1);
    }
  }

  private static MemoryStore imported(Kv kv) {
    var copy = new MemoryStore();
    try (View view = kv.view();
        HistoryWalk history = view.history()) {
      var filling = new Import(copy);
      while (history.next()) {
        filling.add(history.change());
      }
      assertThat(filling.revision()).isEqualTo(view.revision());
      assertThat(filling.keys()).isEqualTo(view.keys());
      filling.finish(
          view.leases(),
          view.revision(),
          new Import.Compacted(view.compactRevision(), view.removedUpTo()));
    }
    return copy;
  }

  private static void finish(MemoryStore store) {
    var compaction = new Compaction(store);
    while (compaction.step(100)) {
      // Until nothing is left to do.
    }
  }

  private static void assertSame(Kv original, Kv copy) {
    try (View expected = original.view();
        View found = copy.view()) {
      assertThat(found.revision()).isEqualTo(expected.revision());
      assertThat(found.compactRevision()).isEqualTo(expected.compactRevision());
      assertThat(found.keys()).isEqualTo(expected.keys());
      assertThat(found.leases()).isEqualTo(expected.leases());
      for (Lease lease : expected.leases()) {
        assertThat(((Outcome.Attached) found.attached(lease.id(), AnswerRoom.ENDLESS)).keys())
            .isEqualTo(
                ((Outcome.Attached) expected.attached(lease.id(), AnswerRoom.ENDLESS)).keys());
      }
      assertThat(changes(found)).isEqualTo(changes(expected));
      assertThat(found.hash(0)).isEqualTo(expected.hash(0));
      for (long at = Math.max(1, expected.compactRevision()); at <= expected.revision(); at++) {
        RangeQuery all = RangeQuery.of(Bytes.utf8("\0"), Bytes.utf8("\0")).withRevision(at);
        assertThat(found.range(all, new PageCounts()))
            .isEqualTo(expected.range(all, new PageCounts()));
      }
    }
  }

  private static List<HistoryWalk.Change> changes(View view) {
    var changes = new ArrayList<HistoryWalk.Change>();
    try (HistoryWalk history = view.history()) {
      while (history.next()) {
        changes.add(history.change());
      }
    }
    return changes;
  }
}
