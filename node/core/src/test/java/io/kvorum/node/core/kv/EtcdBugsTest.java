package io.kvorum.node.core.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Bugs that etcd had in its state machine, each shown not to be here. What a script can show
/// stands in `resources/kv/etcd`.
final class EtcdBugsTest {

  private static final int SEEDS = 100;

  private static Committed entry(long index, Command command) {
    return new Committed.CommandEntry(index, 1, CommandCodec.encode(index, command));
  }

  private static Committed put(long index, String key, Bytes value) {
    return entry(index, Command.Put.of(Bytes.utf8(key), value));
  }

  private static Committed delete(long index, String key) {
    return entry(index, new Command.DeleteRange(Bytes.utf8(key), Bytes.EMPTY, false));
  }

  /// The index of what is applied was committed apart from the data, and a crash between the two
  /// made members diverge. Here entry n makes revision n + 1, whatever a crash leaves.
  @Test
  void issue13766_appliedIndexAndData_areOneWrite() {
    var store = new MemoryStore();
    Kv kv = Kv.open(store);
    Bytes megabyte = Bytes.wrap(new byte[1 << 20]);
    for (int batch = 0; batch < 3; batch++) {
      var entries = new ArrayList<Committed>();
      for (int i = 1; i <= 20; i++) {
        long index = batch * 20L + i;
        entries.add(put(index, "k" + index, megabyte));
      }
      kv.apply(entries).view().close();
    }
    Seeds.forEach(
        SEEDS,
        random -> {
          Kv found = Kv.open(store.crash(random));
          try (View view = found.view()) {
            assertThat(view.revision()).isEqualTo(found.appliedIndex() + 1);
            assertThat(view.keys()).isEqualTo(found.appliedIndex());
          }
        });
  }

  /// A crash while the newest revisions, all deletions, were compacted set the revision back.
  @Test
  void issue17780_crashInACompaction_keepsTheRevision() {
    Seeds.forEach(SEEDS, EtcdBugsTest::compactAndCrash);
  }

  private static void compactAndCrash(RandomGenerator random) {
    var store = new MemoryStore();
    Kv kv = Kv.open(store);
    var log = new ArrayList<Committed>();
    for (int i = 0; i < 10; i++) {
      log.add(put(log.size() + 1, "k" + i, Bytes.utf8("v")));
    }
    for (int i = 0; i < 10; i++) {
      log.add(delete(log.size() + 1, "k" + i));
    }
    long revision = log.size() + 1L;
    log.add(entry(log.size() + 1, new Command.Compact(revision)));
    kv.apply(log).view().close();
    store.flush();
    var compaction = new Compaction(store);
    for (int steps = random.nextInt(25); steps > 0 && compaction.step(1); steps--) {
      if (random.nextInt(4) == 0) {
        store.flush();
      }
    }
    Kv found = Kv.open(store.crash(random));
    try (View view = found.view()) {
      assertThat(view.revision()).isEqualTo(revision);
      assertThat(view.compactRevision()).isEqualTo(revision);
    }
    View next = found.apply(List.of(put(log.size() + 1, "new", Bytes.EMPTY))).view();
    assertThat(next.revision()).isEqualTo(revision + 1);
    next.close();
  }

  /// Transactions within transactions were not counted against the quota.
  @Test
  void quota_countsNestedTransactions() {
    Operation put = Command.Put.of(Bytes.utf8("k"), Bytes.wrap(new byte[1_000]));
    var inner = new Command.Txn(List.of(), List.of(put), List.of());
    var outer = new Command.Txn(List.of(), List.of(), List.of(inner));
    assertThat(Quota.cost(inner)).isGreaterThan(1_000);
    assertThat(Quota.cost(outer)).isEqualTo(Quota.cost(inner));
  }
}
