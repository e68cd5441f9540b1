package io.kvorum.node.server.backup;

import io.kvorum.node.core.bolt.BoltRows;
import io.kvorum.node.core.bolt.BoltTotals;
import io.kvorum.node.core.kv.ChangeSizes;
import io.kvorum.node.core.kv.HistoryWalk;
import io.kvorum.node.core.kv.View;

/// The changes in the order of history. When the current revision is above them all (revisions were
/// skipped by a restore), an empty row holds its place, as with etcd's own tools.
final class ChangeRows implements BoltRows {

  private final HistoryWalk walk;
  private final long current;
  private long last = 1;
  private boolean isOnLast;

  ChangeRows(View view) {
    walk = view.history();
    current = view.revision();
  }

  /// How much they are.
  static BoltTotals totals(View view) {
    long rows = 0;
    long bytes = 0;
    long longest = 0;
    long newest = 1;
    try (ChangeSizes changes = view.changeSizes()) {
      while (changes.next()) {
        long row = EtcdRows.changeKeyBytes(changes) + (long) EtcdRows.changeValueBytes(changes);
        rows++;
        bytes += row;
        longest = Math.max(longest, row);
        newest = Math.max(newest, changes.main());
      }
    }
    var totals = new BoltTotals(rows, bytes, EtcdRows.MAX_CHANGE_KEY_BYTES, longest);
    return newest < view.revision() ? totals.plus(EtcdRows.REVISION_BYTES, 0) : totals;
  }

  @Override
  public boolean next() {
    if (isOnLast) {
      return false;
    }
    if (walk.next()) {
      last = walk.main();
      return true;
    }
    isOnLast = true;
    return last < current;
  }

  @Override
  public int keyBytes() {
    return isOnLast ? EtcdRows.REVISION_BYTES : EtcdRows.changeKeyBytes(walk);
  }

  @Override
  public int valueBytes() {
    return isOnLast ? 0 : EtcdRows.changeValueBytes(walk);
  }

  @Override
  public void writeKey(byte[] into, int at) {
    if (isOnLast) {
      EtcdRows.writeRevision(current, 0, into, at);
    } else {
      EtcdRows.writeChangeKey(walk, into, at);
    }
  }

  @Override
  public void writeValue(byte[] into, int at) {
    if (!isOnLast) {
      EtcdRows.writeChangeValue(walk, into, at);
    }
  }

  @Override
  public void close() {
    walk.close();
  }
}
