package io.kvorum.node.core.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.KvStore.Space;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The state machine's borders: entries it must not take, views, formats.
final class KvTest {

  private final MemoryStore store = new MemoryStore();
  private final Kv kv = Kv.open(store);

  private static Committed entry(long index, Command command) {
    return new Committed.CommandEntry(index, 1, CommandCodec.encode(index, command));
  }

  private static Committed put(long index, String key) {
    return entry(index, Command.Put.of(Bytes.utf8(key), Bytes.EMPTY));
  }

  @Test
  void apply_skipsWhatIsApplied_andRefusesGaps() {
    kv.apply(List.of(put(1, "a"), put(2, "b")));
    Applied applied = kv.apply(List.of(put(1, "a"), put(2, "b"), put(3, "c")));
    assertThat(applied.outcomes())
        .containsExactly(
            new Outcome.AlreadyApplied(3),
            new Outcome.AlreadyApplied(3),
            new Outcome.PutDone(4, null));
    assertThat(applied.events()).hasSize(1);
    assertThatThrownBy(() -> kv.apply(List.of(put(5, "e"))))
        .isInstanceOf(Invariant.Violation.class);
    assertThat(kv.appliedIndex()).isEqualTo(3);
  }

  @Test
  void apply_ofNothing_givesTheSameState() {
    kv.apply(List.of(put(1, "a")));
    Applied applied = kv.apply(List.of());
    assertThat(applied.view().revision()).isEqualTo(2);
    assertThat(applied.outcomes()).isEmpty();
  }

  @Test
  void records_moveTheAppliedIndexAndNothingElse() {
    Bytes name = Bytes.utf8("members/1");
    Applied applied =
        kv.apply(
            List.of(
                new Committed.RecordsEntry(1, 1, List.of()),
                new Committed.RecordsEntry(
                    2, 3, List.of(new RecordChange(name, Bytes.utf8("x"))))));
    assertThat(applied.view().record(name)).contains(Bytes.utf8("x"));
    assertThat(applied.view().appliedIndex()).isEqualTo(2);
    assertThat(applied.view().appliedTerm()).isEqualTo(3);
    assertThat(applied.view().revision()).isEqualTo(1);
  }

  @Test
  void entryOfALaterFormat_isRefusedUnread_untilTheFeatureLevelIsThere() {
    byte[] later = CommandCodec.encode(1, new Command.Compact(1));
    later[0] = 3;
    later[9] = (byte) 200;
    Applied applied = kv.apply(List.of(new Committed.CommandEntry(1, 1, later), put(2, "a")));
    assertThat(applied.outcomes())
        .containsExactly(new Outcome.FeatureLevelTooLow(3, 1), new Outcome.PutDone(2, null));
  }

  @Test
  void featureLevelAboveOurs_stopsBeforeAnythingIsApplied() {
    var higher = new Command.FeatureLevel(Kv.MAX_FEATURE_LEVEL + 1);
    assertThatThrownBy(() -> kv.apply(List.of(put(1, "a"), entry(2, higher))))
        .isInstanceOf(FeatureLevelException.class)
        .hasMessageContaining("run a newer version");
    assertThat(Kv.open(store).appliedIndex()).isZero();
  }

  @Test
  void storeOfAHigherFeatureLevel_isNotOpened() {
    KvStore.Batch batch = store.newBatch();
    new State(1, 1, 1, -1, Kv.MAX_FEATURE_LEVEL + 1, 0).write(batch);
    store.write(batch);
    assertThatThrownBy(() -> Kv.open(store)).isInstanceOf(FeatureLevelException.class);
  }

  @Test
  void bytesThatAreNoCommand_areAnInvariant_andLeaveNothingBehind() {
    byte[] garbage = CommandCodec.encode(1, new Command.Compact(1));
    garbage[9] = (byte) 200;
    assertThatThrownBy(
            () -> kv.apply(List.of(put(1, "a"), new Committed.CommandEntry(2, 1, garbage))))
        .isInstanceOf(Invariant.Violation.class);
    assertThat(
            store.latest().get(Space.LIVE, "a".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .isNull();
  }

  @Test
  void view_staysWhatItIs_untilItsLastReaderIsGone() {
    View before = kv.apply(List.of(put(1, "a"))).view();
    assertThat(before.maybeRetain()).isTrue();
    before.close();
    kv.apply(List.of(put(2, "b"), entry(3, new Command.Compact(3)))).view().close();
    RangeQuery all = RangeQuery.of(Bytes.utf8("a"), Bytes.utf8("z"));
    var answer = (Outcome.Ranged) before.range(all, new PageCounts());
    assertThat(answer.revision()).isEqualTo(2);
    assertThat(answer.result().count()).isEqualTo(1);
    before.close();
    assertThat(before.maybeRetain()).isFalse();
  }

  @Test
  void bytesInUse_growWithEachVersion_andShrinkWithTheirRemoval() {
    View view = kv.view();
    long empty = view.bytesInUse();
    for (int i = 1; i <= 100; i++) {
      view =
          kv.apply(List.of(entry(i, Command.Put.of(Bytes.utf8("a"), Bytes.utf8("value"))))).view();
    }
    assertThat(view.bytesInUse()).isEqualTo(empty + 100 * Rows.cost(Bytes.utf8("a"), 5));
    kv.apply(List.of(entry(101, new Command.Compact(101))));
    var compaction = new Compaction(store);
    while (compaction.step(7)) {
      assertThat(compaction.finishedRevision()).isEqualTo(-1);
    }
    assertThat(compaction.finishedRevision()).isEqualTo(101);
    assertThat(kv.view().bytesInUse()).isEqualTo(empty + Rows.cost(Bytes.utf8("a"), 5));
    assertThat(store.bytesOnDisk()).isLessThan(500);
  }

  @Test
  void maxRows_areFewForAKeyAndAPage_andManyForARange() {
    List<Committed> puts = new java.util.ArrayList<>();
    for (int i = 1; i <= 10_000; i++) {
      puts.add(put(i, "k%05d".formatted(i)));
    }
    View view = kv.apply(puts).view();
    RangeQuery all = RangeQuery.of(Bytes.utf8("k"), Bytes.utf8("l"));
    assertThat(view.maxRowsOf(RangeQuery.of(Bytes.utf8("k00001")))).isEqualTo(1);
    assertThat(view.maxRowsOf(all)).isEqualTo(10_000);
    assertThat(view.maxRowsOf(all.withLimit(10))).isLessThan(3_000);
    assertThat(view.maxRowsOf(all.withCountOnly())).isLessThan(3_000);
    assertThat(view.maxRowsOf(new Command.Txn(List.of(), List.of(all), List.of())))
        .isEqualTo(10_000);
  }

  @Test
  void etcdHashesTheSameContentTheSame() {
    kv.apply(
        List.of(
            entry(1, Command.Put.of(Bytes.utf8("a"), Bytes.utf8("1"))),
            entry(2, Command.Put.of(Bytes.utf8("b"), Bytes.utf8("1")))));
    assertThat(hash(0)).as("as etcdctl endpoint hashkv shows").isEqualTo(2_143_169_314L);
    kv.apply(
        List.of(
            entry(3, Command.Put.of(Bytes.utf8("a"), Bytes.utf8("2"))),
            entry(4, new Command.DeleteRange(Bytes.utf8("b"), Bytes.EMPTY, false)),
            entry(5, Command.Put.of(Bytes.utf8("c"), Bytes.utf8("3")))));
    assertThat(hash(0)).isEqualTo(1_448_948_654L);
    assertThat(hash(5)).isEqualTo(1_416_966_122L);
    var put = Command.Put.of(Bytes.utf8("k"), Bytes.utf8("1"));
    var delete = new Command.DeleteRange(Bytes.utf8("k"), Bytes.EMPTY, false);
    var nested =
        new Command.Txn(
            List.of(),
            List.of(
                new Command.Txn(List.of(), List.of(put), List.of()),
                new Command.Txn(List.of(), List.of(delete), List.of())),
            List.of());
    kv.apply(List.of(entry(6, nested), entry(7, new Command.Compact(4))));
    assertThat(hash(0)).isEqualTo(2_037_140_839L);
    assertThat(new Compaction(store).step(100)).isFalse();
    assertThat(hash(0)).isEqualTo(2_037_140_839L);
  }

  private long hash(long revision) {
    return Integer.toUnsignedLong(((Outcome.Hashed) kv.view().hash(revision)).hash());
  }
}
