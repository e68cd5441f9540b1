package io.kvorum.node.core.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.core.kv.RangeQuery.SortOrder;
import io.kvorum.node.core.kv.RangeQuery.SortTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What answers take of the memory there is for them: no more than what they show.
final class AnswerRoomTest {

  private static final int KEYS = 1_000;
  private static final int VALUE_BYTES = 1_000;
  private static final long ROOM = 20_000;

  private final Kv kv = Kv.open(new MemoryStore());
  private final AtomicLong taken = new AtomicLong();
  private final AnswerRoom room = bytes -> taken.addAndGet(bytes) <= ROOM;
  private View view;

  @BeforeEach
  void fill() {
    var entries = new ArrayList<Committed>();
    for (int i = 1; i <= KEYS; i++) {
      Bytes key = Bytes.utf8("k%04d".formatted((i * 7_919) % KEYS));
      byte[] command = CommandCodec.encode(i, Command.Put.of(key, Bytes.wrap(value(i))));
      entries.add(new Committed.CommandEntry(i, 1, command));
    }
    view = kv.apply(entries).view();
  }

  private static byte[] value(int i) {
    byte[] value = new byte[VALUE_BYTES];
    value[0] = (byte) i;
    return value;
  }

  @AfterEach
  void close() {
    view.close();
  }

  private static RangeQuery all() {
    return RangeQuery.of(Bytes.utf8("k"), Bytes.utf8("l"));
  }

  private Outcome read(RangeQuery query) {
    taken.set(0);
    return view.range(query, new PageCounts(), room);
  }

  @Test
  void wholeRange_isRefusedBeforeItIsRead() {
    assertThat(read(all())).isEqualTo(new Outcome.AnswerTooLarge());
    assertThat(taken.get()).isLessThan(2 * ROOM);
    assertThat(read(all().withKeysOnly())).isEqualTo(new Outcome.AnswerTooLarge());
    assertThat(read(all().withCountOnly())).isInstanceOf(Outcome.Ranged.class);
    assertThat(read(all().withLimit(10))).isInstanceOf(Outcome.Ranged.class);
  }

  /// etcd reads all of the range into memory before it sorts, filters and cuts.
  @Test
  void sortedRangeWithALimit_takesWhatItShows() {
    for (SortTarget target : SortTarget.values()) {
      RangeQuery query = all().withSort(SortOrder.DESCEND, target).withLimit(5);
      assertThat(read(query)).as("%s", target).isInstanceOf(Outcome.Ranged.class);
      assertThat(taken.get()).isLessThan(5L * (VALUE_BYTES + 2 * AnswerRoom.OVERHEAD_BYTES));
    }
  }

  @Test
  void filteredRange_takesWhatPasses() {
    var newest = new RangeQuery.RevisionFilter(KEYS - 3, 0, 0, 0);
    var answer = (Outcome.Ranged) read(all().withFilter(newest));
    assertThat(answer.result().kvs()).hasSize(5);
    assertThat(answer.result().count()).isEqualTo(KEYS);
  }

  @Test
  void transactionThatOnlyReads_hasOneRoomForAllItsAnswers() {
    Operation page = all().withLimit(10);
    var one = new Command.Txn(List.of(), List.of(page), List.of());
    var two = new Command.Txn(List.of(), List.of(page, page), List.of());
    assertThat(view.txn(one, new PageCounts(), room)).isInstanceOf(Outcome.TxnDone.class);
    taken.set(0);
    assertThat(view.txn(two, new PageCounts(), room)).isEqualTo(new Outcome.AnswerTooLarge());
  }
}
