package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import java.util.ArrayList;
import java.util.List;

/// Fills an empty store with what another one retained: changes in the order of their revisions, as
/// `HistoryWalk` gives them. The store's own rows come out as if the changes had been applied.
///
/// Nothing of it is one step: whoever is interrupted throws the store away.
public final class Import {

  private static final int MAX_ROWS = 1_000;
  private static final long MAX_BYTES = 4 << 20;

  /// It brings no events and answers to anybody.
  private static final ApplyBounds BOUNDS = new ApplyBounds(16 << 20, 0, 0);

  private final KvStore store;
  private final List<HistoryWalk.Change> changes = new ArrayList<>();
  private KeyCounts counts;
  private long changesBytes;
  private long bytesAdded;
  private long revision = 1;

  public Import(KvStore store) {
    this.store = store;
    Invariant.check(
        State.read(store.latest()).equals(State.INITIAL), "an import begins with nothing");
    counts = KeyCounts.read(store.latest());
  }

  /// Adds the change behind the others.
  public void add(HistoryWalk.Change change) {
    changes.add(change);
    changesBytes += change.current().key().length() + change.current().value().length();
    if (changes.size() == MAX_ROWS || changesBytes > MAX_BYTES) {
      write(List.of());
    }
  }

  /// The revision of the newest change so far.
  public long revision() {
    return changes.isEmpty() ? revision : changes.getLast().main();
  }

  /// The number of keys that exist so far.
  public long keys() {
    write(List.of());
    return counts.total();
  }

  /// Where compaction stands in what was imported.
  ///
  /// @param compactRevision the lowest revision that can be read; -1 without any compaction
  /// @param removedUpTo up to where obsolete versions are gone
  public record Compacted(long compactRevision, long removedUpTo) {}

  /// Adds the leases and settles the numbers. The store has applied nothing yet.
  ///
  /// @param currentRevision at least that of the newest change
  public void finish(List<Lease> leases, long currentRevision, Compacted compacted) {
    write(leases);
    Invariant.check(
        currentRevision >= revision, "no change is in the future", currentRevision, revision);
    State state =
        State.INITIAL
            .atRevision(currentRevision)
            .compacted(compacted.compactRevision())
            .withBytesAdded(bytesAdded);
    long removed = Math.min(compacted.removedUpTo(), compacted.compactRevision());
    KvStore.Batch batch = store.newBatch();
    state.write(batch);
    new Removal(removed, removed, Math.max(removed, 0), 0, 0).write(batch);
    store.write(batch);
  }

  /// Adds users and roles, and whether they are in force.
  ///
  /// @param authRevision tokens from before it are void
  public void addAccounts(boolean enabled, long authRevision, List<User> users, List<Role> roles) {
    KvStore.Batch batch = store.newBatch();
    Accounts.copy(batch, enabled, authRevision, users, roles);
    store.write(batch);
  }

  private void write(List<Lease> leases) {
    var workspace = new Workspace(store, counts, bytesAdded, BOUNDS);
    List<byte[]> keys = changes.stream().map(change -> change.current().key().array()).toList();
    int fetched = 0;
    for (int i = 0; i < changes.size(); i++) {
      if (i == fetched) {
        fetched += workspace.prefetch(keys.subList(i, keys.size()));
      }
      write(workspace, changes.get(i));
      revision = changes.get(i).main();
    }
    leases.forEach(workspace::putLease);
    workspace.commit(State.INITIAL);
    counts = workspace.counts();
    bytesAdded = workspace.bytesAdded();
    changes.clear();
    changesBytes = 0;
  }

  /// A deletion may have outlived the version it ended.
  private static void write(Workspace workspace, HistoryWalk.Change change) {
    KeyValue kv = change.current();
    long main = change.main();
    if (!change.isDeletion()) {
      workspace.put(
          kv.key(),
          new Stored(
              main, change.sub(), kv.createRevision(), kv.version(), kv.lease(), kv.value()));
    } else if (workspace.get(kv.key()) != null) {
      workspace.delete(kv.key(), main, change.sub());
    } else {
      workspace.keepDeletion(kv.key(), main, change.sub());
    }
  }
}
