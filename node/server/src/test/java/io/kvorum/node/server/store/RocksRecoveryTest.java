package io.kvorum.node.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Committed;
import io.kvorum.node.core.kv.Compaction;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.KvStore;
import io.kvorum.node.core.kv.MemoryStore;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.PageCounts;
import io.kvorum.node.core.kv.RandomCommands;
import io.kvorum.node.core.kv.RangeQuery;
import io.kvorum.node.core.kv.View;
import io.kvorum.testkit.Seeds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever was flushed when the process died, the log behind it brings back the same state.
final class RocksRecoveryTest {

  private static final int COMMANDS = 400;
  private static final Bytes OPEN = Bytes.wrap(new byte[] {0});

  @TempDir private Path folder;

  @Test
  void stateAfterAnyCrashAndReplay_isThatOfOneThatNeverDied() {
    Seeds.forEach(
        6,
        random -> {
          Kv never = Kv.open(new MemoryStore());
          List<Committed> log = log(random, never);
          var home = new RocksHome(Files.createTempDirectory(folder, "crash"));
          KvStore store = home.open();
          Kv kv = Kv.open(store);
          for (int crashes = 0; kv.appliedIndex() < log.size(); ) {
            int from = (int) kv.appliedIndex();
            int to = Math.min(log.size(), from + 1 + random.nextInt(40));
            kv.apply(log.subList(from, to)).view().close();
            new Compaction(store).step(1 + random.nextInt(30));
            if (random.nextInt(3) == 0) {
              store.flush();
              assertThat(kv.persistedIndex()).isEqualTo(kv.appliedIndex());
            }
            if (crashes < 10 && random.nextInt(3) == 0) {
              long persisted = kv.persistedIndex();
              store = home.crash(store);
              kv = Kv.open(store);
              assertThat(kv.appliedIndex()).isGreaterThanOrEqualTo(persisted);
              assertThat(kv.persistedIndex()).isEqualTo(kv.appliedIndex());
              crashes++;
            }
          }
          try (View one = never.view();
              View other = kv.view()) {
            assertThat(other.hash(0)).isEqualTo(one.hash(0));
            assertThat(other.leases()).isEqualTo(one.leases());
            assertThat(other.keys()).isEqualTo(one.keys());
            RangeQuery all = RangeQuery.of(OPEN, OPEN);
            assertThat(other.range(all, new PageCounts()))
                .isEqualTo(one.range(all, new PageCounts()));
          }
          store.close();
        });
  }

  private static List<Committed> log(RandomGenerator random, Kv never) {
    var commands = new RandomCommands(random);
    List<Committed> log = new ArrayList<>();
    long revision = 1;
    for (int i = 1; i <= COMMANDS; i++) {
      byte[] data = CommandCodec.encode(i, commands.next(revision));
      log.add(new Committed.CommandEntry(i, 1, data));
      try (View view = never.apply(List.of(log.getLast())).view()) {
        revision = view.revision();
      }
    }
    return log;
  }

  @Test
  void storeThatFlushesByItself_recoversToSomeWholeBatch() {
    var home = new RocksHome(folder);
    KvStore store = home.open();
    Kv kv = Kv.open(store);
    int batch = 100;
    byte[] value = new byte[1_000];
    for (int round = 0; round < 80; round++) {
      List<Committed> entries = new ArrayList<>();
      for (int i = 0; i < batch; i++) {
        long index = kv.appliedIndex() + i + 1;
        Bytes key = Bytes.utf8("k" + index % 3_000);
        byte[] put = CommandCodec.encode(index, Command.Put.of(key, Bytes.wrap(value)));
        entries.add(new Committed.CommandEntry(index, 1, put));
      }
      kv.apply(entries).view().close();
    }
    long persisted = kv.persistedIndex();
    assertThat(persisted).as("flushed without being asked").isPositive();
    store = home.crash(store);
    kv = Kv.open(store);
    assertThat(kv.appliedIndex()).isGreaterThanOrEqualTo(persisted);
    assertThat(kv.appliedIndex() % batch).isZero();
    Applied applied = kv.apply(List.of());
    try (View view = applied.view()) {
      long keys = Math.min(kv.appliedIndex(), 3_000);
      var all = (Outcome.Ranged) view.range(RangeQuery.of(OPEN, OPEN), new PageCounts());
      assertThat(all.result().kvs()).hasSize((int) keys);
      assertThat(view.keys()).isEqualTo(keys);
    }
    store.close();
  }
}
