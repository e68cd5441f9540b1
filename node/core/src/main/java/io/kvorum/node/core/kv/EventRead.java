package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.KvStore.Space;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads a page of events: first the wanted rows of history, then their values in one go.
record EventRead(View view, EventQuery query) {

  /// The wanted rows up to and without a place.
  ///
  /// @param atTooWide whether it is a revision that is too wide
  private record Found(List<HistoryRow> rows, long nextRevision, int nextSub, boolean atTooWide) {}

  Outcome page() {
    Found found = find();
    if (found.atTooWide && found.nextRevision == query.fromRevision()) {
      return new Outcome.RevisionTooWide(found.nextRevision);
    }
    List<Event> events = new ArrayList<>(found.rows.size());
    long bytes = 0;
    int revisionAt = 0;
    long bytesBefore = 0;
    for (int at = 0; at < found.rows.size(); at += KvStore.Reader.KEYS_AT_ONCE) {
      List<HistoryRow> rows =
          found.rows.subList(at, Math.min(at + KvStore.Reader.KEYS_AT_ONCE, found.rows.size()));
      List<byte @Nullable []> live = liveRows(rows);
      for (int i = 0; i < rows.size(); i++) {
        HistoryRow row = rows.get(i);
        boolean begins = events.isEmpty() || row.main() != events.getLast().revision();
        if (bytes >= query.bounds().maxBytes() && (begins || query.inParts())) {
          return page(events, row.main(), begins ? 0 : row.sub());
        }
        if (begins) {
          revisionAt = events.size();
          bytesBefore = bytes;
        }
        Event event = event(row, live.get(i));
        bytes += event.bytes();
        events.add(event);
        if (!query.inParts()
            && query.bounds().isTooWide(events.size() - revisionAt, bytes - bytesBefore)) {
          return row.main() == query.fromRevision()
              ? new Outcome.RevisionTooWide(row.main())
              : page(List.copyOf(events.subList(0, revisionAt)), row.main(), 0);
        }
      }
    }
    return page(events, found.nextRevision, found.nextSub);
  }

  private Outcome.EventPage page(List<Event> events, long nextRevision, int nextSub) {
    return new Outcome.EventPage(view.revision(), events, nextRevision, nextSub);
  }

  /// Ends where a new revision begins, since the events of one revision stay together, unless parts
  /// are asked for.
  private Found find() {
    long last = Math.min(query.toRevision(), view.revision());
    var rows = new ArrayList<HistoryRow>();
    int looked = 0;
    int revisionAt = 0;
    long before = query.fromRevision() - 1;
    byte[] from = Rows.historyKey(Math.max(query.fromRevision(), 0), query.fromSub());
    byte[] to = Rows.historyKey(Math.max(last + 1, 0), 0);
    try (KvStore.Cursor history = view.reader().cursor(Space.HISTORY, from, to)) {
      while (history.next()) {
        HistoryRow row = Rows.history(history.key(), history.value());
        boolean begins = row.main() != before;
        if ((begins || query.inParts()) && isFull(rows.size(), looked)) {
          return new Found(rows, row.main(), begins ? 0 : row.sub(), false);
        }
        if (begins) {
          revisionAt = rows.size();
        }
        before = row.main();
        looked++;
        if (query.keys().wants(row.key())) {
          rows.add(row);
          if (!query.inParts() && query.bounds().isTooWide(rows.size() - revisionAt, 0)) {
            return new Found(rows.subList(0, revisionAt), row.main(), 0, true);
          }
        }
      }
    }
    return new Found(rows, Math.max(last + 1, query.fromRevision()), 0, false);
  }

  private boolean isFull(int rows, int looked) {
    return rows >= query.bounds().maxEvents() || looked >= query.bounds().maxRows();
  }

  private List<byte @Nullable []> liveRows(List<HistoryRow> rows) {
    return view.reader().multiGet(Space.LIVE, rows.stream().map(row -> row.key().array()).toList());
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
