package io.kvorum.node.server.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Committed;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.server.store.StoreFailure;
import io.kvorum.node.server.store.StoreSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The state of a member is replaced under those who use it.
final class StateHomeTest {

  private static final int REPLACEMENTS = 6;
  private static final int KEYS_A_TIME = 200;

  @TempDir Path folder;

  /// etcd replaced its state by a snapshot while a defragmentation rewrote it, and lost the one or
  /// the other.
  @Test
  void snapshotWhileDefragmenting_leavesTheStateWhole() throws Exception {
    var failed = new AtomicReference<@Nullable Throwable>();
    var home =
        new StateHome(
            Files.createDirectory(folder.resolve("state")), StoreSettings.DEFAULT, failed::set);
    var done = new AtomicBoolean();
    Thread defragmenting = Thread.ofPlatform().start(() -> defragment(home, done, failed));
    for (int round = 1; round <= REPLACEMENTS; round++) {
      Kv kv = home.current().kv();
      put(kv);
      Path received = folder.resolve("received-" + round);
      home.current().store().checkpoint(received);
      var position = new LogPosition(1, kv.appliedIndex());
      home.replaceBy(received, position);
      home.logFollows(position);
      home.retireReplaced();
    }
    done.set(true);
    defragmenting.join();
    home.current().store().defragment();
    try (View view = home.current().kv().view()) {
      assertThat(view.keys()).isEqualTo((long) REPLACEMENTS * KEYS_A_TIME);
      assertThat(view.revision()).isEqualTo((long) REPLACEMENTS * KEYS_A_TIME + 1);
    }
    home.close();
    assertThat(failed.get()).isNull();
  }

  private static void put(Kv kv) {
    List<Committed> entries = new ArrayList<>();
    for (int i = 1; i <= KEYS_A_TIME; i++) {
      long index = kv.appliedIndex() + i;
      Command put = Command.Put.of(Bytes.utf8("k" + index), Bytes.wrap(new byte[1_000]));
      entries.add(new Committed.CommandEntry(index, 1, CommandCodec.encode(index, put)));
    }
    kv.apply(entries).view().close();
  }

  private static void defragment(
      StateHome home, AtomicBoolean done, AtomicReference<@Nullable Throwable> failed) {
    while (!done.get()) {
      try {
        home.current().store().defragment();
      } catch (StoreFailure failure) {
        // The state it meant was closed when it had just been replaced.
        if (failure.kind() != StoreFailure.Kind.MISUSED) {
          failed.set(failure);
        }
      }
    }
  }
}
