package io.kvorum.node.core.kv;

import io.kvorum.node.core.kv.KvStore.Space;
import java.util.Arrays;

/// The physical removal of what the compact revision has made invisible, in steps of bounded work
/// beside `apply`. It has one user at a time; its progress is in the store and survives a restart.
///
/// A pass looks at the changes between the last compact revision and the new one: a version becomes
/// obsolete by the change that replaced it, so a pass costs as much as was written since the last
/// one, however many keys there are. Each change removes the version that it replaced. A deletion
/// also removes itself, unless it lies exactly at the compact revision: a watch that starts there
/// still wants it, so the next pass takes it.
///
/// Older versions of a key go in the same batch as newer ones or before them, so that at no moment
/// an older one shows through.
public final class Compaction {

  private final KvStore store;

  public Compaction(KvStore store) {
    this.store = store;
  }

  /// The compact revision up to which removal is complete: what a physical compaction waits for.
  public long finishedRevision() {
    return Removal.read(store.latest()).finished();
  }

  /// The cost of all versions ever removed, see [View#bytesInUse].
  public long removedBytes() {
    return Removal.read(store.latest()).bytes();
  }

  /// Looks at up to so many changes and removes what they made obsolete; true if there is more to
  /// do. When the last step is done, the apply stage should publish a fresh view, whose
  /// `bytesInUse` is the smaller one.
  public boolean step(int maxChanges) {
    try (KvStore.Snapshot snapshot = store.snapshot()) {
      long compactRevision = State.read(snapshot).compactRevision();
      Removal removal = Removal.read(snapshot);
      if (!removal.isUnderWay()) {
        if (compactRevision <= removal.finished()) {
          return false;
        }
        removal = removal.towards(compactRevision);
      }
      KvStore.Batch batch = store.newBatch();
      Removal next = new Step(snapshot, batch, removal).run(maxChanges);
      next.write(batch);
      store.write(batch);
      return next.isUnderWay() || compactRevision > next.finished();
    }
  }

  /// One step over a snapshot, whose removals are collected in a batch.
  private static final class Step {

    private final KvStore.Snapshot snapshot;
    private final KvStore.Batch batch;
    private final Removal removal;
    private long bytes;

    Step(KvStore.Snapshot snapshot, KvStore.Batch batch, Removal removal) {
      this.snapshot = snapshot;
      this.batch = batch;
      this.removal = removal;
    }

    Removal run(int maxChanges) {
      byte[] from = Rows.historyKey(removal.main(), removal.sub());
      byte[] to = Rows.historyKey(removal.target() + 1, 0);
      try (KvStore.Cursor history = snapshot.cursor(Space.HISTORY, from, to);
          KvStore.Cursor rows = snapshot.cursor(Space.VERSIONS, Rows.NOTHING, null)) {
        for (int looked = 0; history.next(); looked++) {
          HistoryRow change = Rows.history(history.key(), history.value());
          if (looked == maxChanges) {
            return removal.at(change.main(), change.sub(), bytes);
          }
          remove(change, rows);
        }
      }
      return removal.done(bytes);
    }

    private void remove(HistoryRow change, KvStore.Cursor rows) {
      boolean replaces =
          switch (change.kind()) {
            case CREATE -> false;
            case UPDATE, DELETE -> change.main() > removal.finished();
          };
      if (replaces) {
        removeReplaced(change, rows);
      }
      if (change.kind() == HistoryRow.Kind.DELETE && change.main() < removal.target()) {
        remove(change.key(), change.main(), change.sub(), 0);
      }
    }

    /// The version right before the change; those before that went with the changes between.
    private void removeReplaced(HistoryRow change, KvStore.Cursor rows) {
      byte[] own = Rows.versionKey(change.key(), change.main(), change.sub());
      byte[] behind = Rows.versionsAfter(change.key());
      boolean found = rows.seek(own);
      if (found && Arrays.equals(rows.key(), own)) {
        found = rows.next();
      }
      if (found && Arrays.compareUnsigned(rows.key(), behind) < 0) {
        byte[] key = rows.key();
        byte[] row = rows.value();
        if (!Rows.isTombstone(row)) {
          Stored older = Rows.version(row, Rows.versionMain(key), Rows.versionSub(key));
          remove(change.key(), older.mod(), older.sub(), older.value().length());
        }
      }
    }

    private void remove(Bytes key, long main, int sub, int valueBytes) {
      batch.delete(Space.VERSIONS, Rows.versionKey(key, main, sub));
      batch.delete(Space.HISTORY, Rows.historyKey(main, sub));
      bytes += Rows.cost(key, valueBytes);
    }
  }
}
