package io.kvorum.node.core.log;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.LogView;
import java.util.ArrayList;
import java.util.List;

/// What the log holds, in memory: where it starts and ends, the terms, where to find each entry on
/// disk, and the newest entries themselves. It grows with the bytes of the log, not with the number
/// of entries: terms are kept as runs, places as one mark per few kilobytes.
final class Contents {

  /// Reading an entry walks the records from the mark before it: at most about this far.
  private static final int MARK_DISTANCE_BYTES = 4 << 10;

  private final long recentBytesLimit;

  /// The position before the first entry. Invariant: start.index ≤ lastIndex.
  private LogPosition start;

  private long lastIndex;

  /// First index, term: one row per run of entries with one term.
  private final LongTable terms = new LongTable(2);

  /// Index of a record's first entry, segment, offset.
  private final LongTable marks = new LongTable(3);

  /// Whether the next record needs a mark of its own. A mark vouches for every entry up to the next
  /// one: after entries were replaced, the old ones still stand on disk behind the last mark.
  private boolean markNext = true;

  /// The entries from `recentFirst` to `lastIndex`. Invariant: start.index < recentFirst.
  private final EntryRing recent = new EntryRing();

  private long recentFirst;
  private long recentBytes;

  Contents(LogPosition start, long recentBytesLimit) {
    this.recentBytesLimit = recentBytesLimit;
    this.start = start;
    restart(start);
  }

  /// Forgets everything; the next entry follows the position.
  void restart(LogPosition position) {
    start = position;
    lastIndex = position.index();
    terms.clear();
    marks.clear();
    markNext = true;
    recent.clear();
    recentFirst = lastIndex + 1;
    recentBytes = 0;
  }

  LogPosition start() {
    return start;
  }

  LogPosition last() {
    return new LogPosition(term(lastIndex), lastIndex);
  }

  long lastIndex() {
    return lastIndex;
  }

  long term(long index) {
    if (index == start.index()) {
      return start.term();
    }
    if (index < start.index() || index > lastIndex) {
      return LogView.UNKNOWN_TERM;
    }
    return terms.get(terms.floor(index), 1);
  }

  /// Drops all entries from the index on. An index at or before the start also moves the start
  /// back: the entries between were compacted away, but those that replace them are here.
  void truncateFrom(long index, long previousTerm) {
    if (index <= start.index()) {
      restart(new LogPosition(previousTerm, index - 1));
      return;
    }
    terms.truncate(index);
    marks.truncate(index);
    markNext = true;
    while (lastIndex >= index) {
      if (lastIndex >= recentFirst) {
        recentBytes -= recent.removeLast().size();
      }
      lastIndex--;
    }
    recentFirst = Math.min(recentFirst, index);
  }

  void add(Entry entry) {
    Invariant.check(entry.index() == lastIndex + 1, "not the next entry", entry.index(), lastIndex);
    addTerm(entry.index(), entry.term());
    lastIndex = entry.index();
    recent.addLast(entry);
    recentBytes += entry.size();
  }

  private void addTerm(long index, long term) {
    if (terms.isEmpty() || terms.get(terms.size() - 1, 1) != term) {
      terms.add(index, term);
    }
  }

  /// Notes that a record with the entries from this index on stands at the place.
  void mark(long firstIndex, DiskOffset place) {
    if (!markNext && !marks.isEmpty() && isNearLastMark(place)) {
      return;
    }
    markNext = false;
    marks.add(firstIndex, place.segment(), place.offset());
  }

  private boolean isNearLastMark(DiskOffset place) {
    int last = marks.size() - 1;
    return marks.get(last, 1) == place.segment()
        && place.offset() - marks.get(last, 2) < MARK_DISTANCE_BYTES;
  }

  /// Where to begin the search for an entry on disk.
  ///
  /// @param until the records from the place on hold the right entries before this index only
  record Mark(DiskOffset place, long until) {}

  /// The mark for an entry that is in the log and not in memory any more.
  Mark markFor(long index) {
    int at = marks.floor(index);
    long until = at + 1 < marks.size() ? marks.get(at + 1, 0) : recentFirst;
    until = Math.min(until, recentFirst);
    return new Mark(new DiskOffset(marks.get(at, 1), (int) marks.get(at, 2)), until);
  }

  /// The first index that is still in memory.
  long recentFirst() {
    return recentFirst;
  }

  /// Entries in memory from `from` until before `until`, at most `maxBytes` but at least one.
  List<Entry> recent(long from, long until, long maxBytes) {
    var entries = new ArrayList<Entry>();
    long bytes = 0;
    for (long index = from; index < until; index++) {
      Entry entry = recent.get((int) (index - recentFirst));
      bytes += entry.size();
      if (bytes > maxBytes && !entries.isEmpty()) {
        break;
      }
      entries.add(entry);
    }
    return entries;
  }

  /// Lets go of the oldest entries in memory beyond the limit; all must have been written.
  void trimRecent() {
    while (recentBytes > recentBytesLimit) {
      forgetOldestRecent();
    }
  }

  /// Forgets the entries up to the index.
  void compactTo(long index) {
    if (index <= start.index()) {
      return;
    }
    start = new LogPosition(term(index), index);
    terms.dropBefore(terms.floor(Math.min(index + 1, lastIndex)));
    marks.dropBefore(marks.ceiling(index + 1));
    while (recentFirst <= Math.min(index, lastIndex)) {
      forgetOldestRecent();
    }
  }

  private void forgetOldestRecent() {
    recentBytes -= recent.removeFirst().size();
    recentFirst++;
  }
}
