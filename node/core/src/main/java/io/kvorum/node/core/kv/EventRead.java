package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.KvStore.Space;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads a page of events: first the wanted rows of history, then their values in one go.
record EventRead(View view, EventQuery query) {

  /// The wanted rows up to and without a revision.
  private record Found(List<HistoryRow> rows, long nextRevision) {}

  /// Values are looked up for so many rows at once, so that a page's memory stays near its bound.
  private static final int VALUES_AT_ONCE = 64;

  Outcome.EventPage page() {
    Found found = find();
    List<Event> events = new ArrayList<>(found.rows.size());
    long bytes = 0;
    for (int at = 0; at < found.rows.size(); at += VALUES_AT_ONCE) {
      List<HistoryRow> rows =
          found.rows.subList(at, Math.min(at + VALUES_AT_ONCE, found.rows.size()));
      List<byte @Nullable []> live = liveRows(rows);
      for (int i = 0; i < rows.size(); i++) {
        HistoryRow row = rows.get(i);
        if (bytes >= query.bounds().maxBytes() && row.main() != events.getLast().revision()) {
          return new Outcome.EventPage(view.revision(), events, row.main());
        }
        Event event = event(row, live.get(i));
        bytes += bytes(event.current()) + bytes(event.previous());
        events.add(event);
      }
    }
    return new Outcome.EventPage(view.revision(), events, found.nextRevision);
  }

  /// Ends only where a new revision begins, since the events of one revision stay together.
  private Found find() {
    long last = Math.min(query.toRevision(), view.revision());
    var rows = new ArrayList<HistoryRow>();
    int looked = 0;
    long before = query.fromRevision() - 1;
    byte[] from = Rows.historyKey(Math.max(query.fromRevision(), 0), 0);
    byte[] to = Rows.historyKey(Math.max(last + 1, 0), 0);
    try (KvStore.Cursor history = view.reader().cursor(Space.HISTORY, from, to)) {
      while (history.next()) {
        HistoryRow row = Rows.history(history.key(), history.value());
        if (row.main() != before && isFull(rows.size(), looked)) {
          return new Found(rows, row.main());
        }
        before = row.main();
        looked++;
        if (query.keys().wants(row.key())) {
          rows.add(row);
        }
      }
    }
    return new Found(rows, Math.max(last + 1, query.fromRevision()));
  }

  private boolean isFull(int rows, int looked) {
    return rows >= query.bounds().maxEvents() || looked >= query.bounds().maxRows();
  }

  private List<byte @Nullable []> liveRows(List<HistoryRow> rows) {
    return view.reader().multiGet(Space.LIVE, rows.stream().map(row -> row.key().array()).toList());
  }

  private static long bytes(@Nullable KeyValue kv) {
    return kv == null ? 0 : kv.key().length() + kv.value().length();
  }

  private Event event(HistoryRow row, byte @Nullable [] liveRow) {
    KeyValue previous = query.previousWanted() ? previous(row) : null;
    return switch (row.kind()) {
      case CREATE, UPDATE ->
          new Event(Event.Kind.PUT, value(view.reader(), row, liveRow).of(row.key()), previous);
      case DELETE ->
          new Event(Event.Kind.DELETE, KeyValue.deleted(row.key(), row.main()), previous);
    };
  }

  /// The version that a put wrote: the live one, or one that has been overwritten since.
  static Stored value(KvStore.Reader reader, HistoryRow row, byte @Nullable [] liveRow) {
    if (liveRow != null) {
      Stored live = Rows.live(liveRow);
      if (live.isAt(row.main(), row.sub())) {
        return live;
      }
    }
    byte[] key = Rows.versionKey(row.key(), row.main(), row.sub());
    byte[] version = reader.get(Space.VERSIONS, key);
    if (version == null) {
      throw Invariant.unreachable("history knows a version that is not there: " + row);
    }
    return Rows.version(version, row.main(), row.sub());
  }

  private @Nullable KeyValue previous(HistoryRow row) {
    long revision = row.main() - 1;
    if (row.kind() == HistoryRow.Kind.CREATE || revision < view.compactRevision()) {
      return null;
    }
    Stored stored = view.past(revision).get(row.key());
    return stored == null ? null : stored.of(row.key());
  }
}
