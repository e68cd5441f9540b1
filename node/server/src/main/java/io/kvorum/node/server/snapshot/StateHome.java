package io.kvorum.node.server.snapshot;

import io.kvorum.node.core.kv.ApplyBounds;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.NamedRecord;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.server.store.RocksStore;
import io.kvorum.node.server.store.StoreFailure;
import io.kvorum.node.server.store.StoreSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The open state of a member, which a received snapshot replaces while readers go on.
public final class StateHome {
  private static final Logger LOG = LoggerFactory.getLogger(StateHome.class);

  /// Readers finish within their requests; a watch reads page by page.
  private static final long RETIRE_TIMEOUT_MILLIS = 120_000;

  private static final ApplyBounds BOUNDS =
      ApplyBounds.withAnswers(Runtime.getRuntime().maxMemory() / 8);

  private final StateFolder folder;
  private final StoreSettings settings;
  private final Consumer<StoreFailure> onFailure;
  private final List<Opened> replaced = new ArrayList<>();
  private volatile Opened current;

  /// An open generation.
  public record Opened(Path path, RocksStore store, Kv kv) {}

  public StateHome(Path folder, StoreSettings settings, Consumer<StoreFailure> onFailure) {
    this.folder = new StateFolder(folder);
    this.settings = settings;
    this.onFailure = onFailure;
    this.current = open(this.folder.newest());
  }

  private Opened open(Path path) {
    RocksStore store = RocksStore.open(path, settings, onFailure);
    try {
      return new Opened(path, store, Kv.open(store, BOUNDS));
    } catch (RuntimeException | Error unusable) {
      store.close();
      throw unusable;
    }
  }

  public Opened current() {
    return current;
  }

  /// Reads who the members are.
  public static Cluster cluster(View view) {
    return Cluster.read(
        new Cluster.RecordSource() {
          @Override
          public List<NamedRecord> records(Bytes prefix) {
            return view.records(prefix);
          }

          @Override
          public Optional<Bytes> record(Bytes name) {
            return view.record(name);
          }
        });
  }

  /// What a received state holds. It is opened for that, and closed again.
  public Content inspect(Path received) {
    Opened opened = open(received);
    try (View view = opened.kv().view()) {
      return new Content(opened.kv().appliedIndex(), opened.kv().appliedTerm(), cluster(view));
    } finally {
      opened.store().flush();
      opened.store().close();
    }
  }

  /// Where in the log a state stands, and who the members are in it.
  public record Content(long appliedIndex, long appliedTerm, Cluster cluster) {}

  /// Goes on with a received state that stands at a position. What was open before stays so until
  /// [#retireReplaced]; the log must be begun anew, see [#logFollows].
  public synchronized Opened replaceBy(Path received, LogPosition position) {
    replaced.add(current);
    current = open(folder.install(received, position));
    return current;
  }

  /// Up to which entry the open state is durable. It is not replaced meanwhile.
  public synchronized long persistedIndex() {
    return current.kv().persistedIndex();
  }

  /// Has the open state flushed, in the background.
  public synchronized void requestFlush() {
    current.store().requestFlush();
  }

  /// Where the state was installed, if the log may not follow it yet.
  public Optional<LogPosition> installedAt() {
    return StateFolder.installedAt(current.path());
  }

  /// The log begins behind a snapshot, durably: from now on it must not end before the state. (A
  /// later snapshot may have been installed meanwhile; its mark stays.)
  public synchronized void logFollows(LogPosition position) {
    if (installedAt().equals(Optional.of(position))) {
      StateFolder.unmark(current.path());
    }
  }

  /// Closes and deletes what was replaced, as soon as its last readers are done: nobody starts to
  /// read from it any more.
  public synchronized void retireReplaced() {
    for (Opened old : replaced) {
      Thread.ofVirtual().name("retire-state").start(() -> retire(old));
    }
    replaced.clear();
  }

  private static void retire(Opened old) {
    if (old.store().maybeClose(RETIRE_TIMEOUT_MILLIS)) {
      StateFolder.delete(old.path());
    } else {
      LOG.warn("the replaced state in {} is left for the next start", old.path());
    }
  }

  public void close() {
    current.store().close();
  }
}
