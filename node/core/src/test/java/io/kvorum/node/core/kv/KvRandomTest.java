package io.kvorum.node.core.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// The state machine against one that is obviously right, over random commands.
final class KvRandomTest {

  private static final int COMMANDS = 300;

  @Test
  void apply_andEveryRead_agreeWithTheSlowOne() {
    Seeds.forEach(
        20,
        random -> {
          var slow = new SlowKv();
          var store = new MemoryStore();
          Kv kv = Kv.open(store, bounds(random));
          var commands = new RandomCommands(random);
          var compaction = new Compaction(store);
          var counts = new PageCounts();
          for (int i = 1; i <= COMMANDS; i++) {
            Command command = commands.next(slow.revision());
            long before = slow.revision();
            Applied applied =
                kv.apply(
                    List.of(new Committed.CommandEntry(i, 1, CommandCodec.encode(i, command))));
            assertThat(applied.outcomes().getFirst())
                .as("%s", command)
                .isEqualTo(slow.apply(command));
            if (applied.events() != null) {
              assertThat(applied.events())
                  .isEqualTo(slow.events(before + 1, slow.revision(), KeyRange.ALL));
            }
            if (random.nextInt(5) == 0) {
              compaction.step(1 + random.nextInt(10));
            }
            try (View view = applied.view()) {
              RangeQuery query = commands.query(slow.revision());
              assertThat(view.range(query, counts)).as("%s", query).isEqualTo(slow.range(query));
              assertThat(view.keys()).isEqualTo(slow.at(slow.revision()).size());
              events(view, slow, random);
            }
          }
        });
  }

  /// Every other time so narrow that whatever has two changes is written in parts.
  private static ApplyBounds bounds(RandomGenerator random) {
    return random.nextBoolean()
        ? ApplyBounds.withAnswers(1 << 20)
        : new ApplyBounds(1 + random.nextInt(300), random.nextInt(5_000), 1 << 20);
  }

  private static void events(View view, SlowKv slow, RandomGenerator random) {
    long from = random.nextLong(Math.max(0, slow.compactRevision()), slow.revision() + 1);
    var bounds = new EventQuery.Bounds(1 + random.nextInt(5), 1 << 20, 1 + random.nextInt(20));
    List<Event> seen = new ArrayList<>();
    boolean inParts = random.nextBoolean();
    int sub = 0;
    for (long next = from; next <= slow.revision(); ) {
      var query = new EventQuery(next, sub, Long.MAX_VALUE, KeyRange.ALL, bounds, true, inParts);
      switch (view.events(query)) {
        case Outcome.EventPage(_, List<Event> events, long nextRevision, int nextSub) -> {
          assertThat(nextRevision > next || (inParts && nextSub > sub)).isTrue();
          seen.addAll(events);
          next = nextRevision;
          sub = nextSub;
        }
        case Outcome.RevisionTooWide(long revision) -> {
          assertThat(revision).isEqualTo(next);
          assertThat(inParts).isFalse();
          inParts = true;
        }
        case Outcome other -> throw new AssertionError("no events but " + other);
      }
    }
    assertThat(visible(seen, slow))
        .isEqualTo(visible(slow.events(from, slow.revision(), KeyRange.ALL), slow));
  }

  /// What a watch from the compact revision on may still rely on: at the revision itself, the puts
  /// that are gone by the end of it may be missing; what lived before the first readable revision
  /// is not shown.
  private static List<Event> visible(List<Event> events, SlowKv slow) {
    return events.stream()
        .filter(event -> event.revision() > slow.compactRevision())
        .map(event ->
            event.revision() - 1 < slow.compactRevision()
                ? new Event(event.kind(), event.current(), null)
                : event)
        .toList();
  }

  @Test
  void batchesCrashesAndRemoval_makeNoDifference() {
    Seeds.forEach(
        20,
        random -> {
          List<Committed> log = log(random);
          Kv plain = Kv.open(new MemoryStore());
          List<Outcome> outcomes = new ArrayList<>();
          for (Committed entry : log) {
            Applied applied = plain.apply(List.of(entry));
            outcomes.addAll(applied.outcomes());
            applied.view().close();
          }
          var store = new MemoryStore();
          ApplyBounds bounds = bounds(random);
          Kv kv = Kv.open(store, bounds);
          while (kv.appliedIndex() < log.size()) {
            int from = (int) Math.max(0, kv.appliedIndex() - random.nextInt(3));
            int to = Math.min(log.size(), (int) kv.appliedIndex() + 1 + random.nextInt(40));
            Applied applied = kv.apply(log.subList(from, to));
            for (int i = from; i < to; i++) {
              Outcome outcome = applied.outcomes().get(i - from);
              if (!(outcome instanceof Outcome.AlreadyApplied)) {
                assertThat(outcome).isEqualTo(outcomes.get(i));
              }
            }
            assertThat(applied.view().present().counts().agreesWith(applied.view().present()))
                .isTrue();
            applied.view().close();
            new Compaction(store).step(1 + random.nextInt(30));
            if (random.nextInt(4) == 0) {
              try (View view = kv.view()) {
                HistoryWalkTest.assertWalksAgree(view);
              }
            }
            switch (random.nextInt(5)) {
              case 0 -> store.flush();
              case 1 -> {
                store = store.crash(random);
                long persisted = State.persisted(store).appliedIndex();
                boolean midway = Unfinished.read(store.latest()) != null;
                kv = Kv.open(store, bounds);
                assertThat(kv.appliedIndex()).isEqualTo(midway ? persisted + 1 : persisted);
              }
              default -> {}
            }
          }
          try (View one = plain.view();
              View other = kv.view()) {
            assertThat(other.hash(0)).isEqualTo(one.hash(0));
            assertThat(other.leases()).isEqualTo(one.leases());
            RangeQuery all = RangeQuery.of(KvScript.bytes("\0"), KvScript.bytes("\0"));
            assertThat(other.range(all, new PageCounts()))
                .isEqualTo(one.range(all, new PageCounts()));
          }
        });
  }

  private static List<Committed> log(RandomGenerator random) {
    var commands = new RandomCommands(random);
    var slow = new SlowKv();
    List<Committed> log = new ArrayList<>();
    for (int i = 1; i <= COMMANDS; i++) {
      Command command = commands.next(slow.revision());
      slow.apply(command);
      log.add(new Committed.CommandEntry(i, 1, CommandCodec.encode(i, command)));
    }
    return log;
  }
}
