package io.kvorum.node.core.kv;

import io.kvorum.node.core.kv.KvStore.Space;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A walk over everything that a view retains, in the order in which it was written: each version
/// of each key, and the deletions. What a compaction has not yet removed is part of it.
public final class HistoryWalk implements AutoCloseable {

  /// One change.
  ///
  /// @param sub its place among the changes of its revision
  /// @param isDeletion whether it ended the key, which then is all that is there of `current`
  public record Change(int sub, boolean isDeletion, KeyValue current) {

    public long main() {
      return current.modRevision();
    }
  }

  private final KvStore.Reader reader;
  private final KvStore.Cursor history;
  private List<Change> page = List.of();
  private int at = -1;

  HistoryWalk(KvStore.Reader reader) {
    this.reader = reader;
    history = reader.cursor(Space.HISTORY, Rows.NOTHING, null);
  }

  /// Moves to the next change; false when there is none.
  public boolean next() {
    at++;
    if (at == page.size()) {
      page = readPage();
      at = 0;
    }
    return at < page.size();
  }

  /// The change it stands on.
  public Change change() {
    return page.get(at);
  }

  private List<Change> readPage() {
    var rows = new ArrayList<HistoryRow>(KvStore.Reader.KEYS_AT_ONCE);
    while (rows.size() < KvStore.Reader.KEYS_AT_ONCE && history.next()) {
      rows.add(Rows.history(history.key(), history.value()));
    }
    if (rows.isEmpty()) {
      return List.of();
    }
    List<byte @Nullable []> live =
        reader.multiGet(Space.LIVE, rows.stream().map(row -> row.key().array()).toList());
    var changes = new ArrayList<Change>(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      changes.add(change(rows.get(i), live.get(i)));
    }
    return changes;
  }

  private Change change(HistoryRow row, byte @Nullable [] liveRow) {
    if (row.kind() == HistoryRow.Kind.DELETE) {
      return new Change(row.sub(), true, KeyValue.deleted(row.key(), row.main()));
    }
    return new Change(row.sub(), false, EventRead.value(reader, row, liveRow).of(row.key()));
  }

  @Override
  public void close() {
    history.close();
  }
}
