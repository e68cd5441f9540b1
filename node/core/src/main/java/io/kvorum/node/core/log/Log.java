package io.kvorum.node.core.log;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.LogView;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The replicated log of one member on disk: entries and hard state, in segments.
///
/// `append` gathers a batch in memory, `sync` writes it as one record and makes it durable with one
/// sync. A record may replace a suffix of the log. What `sync` has returned for is there after a
/// power loss at any moment, whole, or `open` says that the disk has lost it; what it has not
/// returned for is there in part or not at all, but always as whole batches in order.
///
/// How segments follow one another: a new one is made from a prepared or recycled file. Its header
/// names the end of the segment before it, and is durable before the file bears its name. Opening a
/// log always begins a new segment: that cuts off a torn tail for good, because bytes behind the
/// end that the header names are dead, whatever they are.
///
/// Threads: `append`, `sync`, `restart` and `close` belong to one thread, `maintain` to one
/// (perhaps another); all else may be called from anywhere. The monitor guards memory only; it is
/// never held during a file operation.
public final class Log implements LogView, AutoCloseable {

  private static final int READ_WINDOW_BYTES = 64 << 10;

  /// A segment is never full to the last byte: one that is cut to what it holds is shorter than it
  /// was made.
  private static final int NEVER_USED_BYTES = 8;

  private static final HardState NOTHING_WRITTEN = HardState.EMPTY;

  private final SegmentFiles files;
  private final LogIdentity identity;
  private final long salt;
  private final SparePool pool;
  private final Runnable maintenanceWanted;
  private final Recovered recovered;

  private final Object monitor = new Object();

  /// Guarded by the monitor, as are the segments. Invariant: holds every entry appended.
  private final Contents contents;

  /// Oldest first; the last one is written to.
  private final ArrayDeque<Segment> segments = new ArrayDeque<>();

  /// Segments that are not needed any more, in the order in which they must leave the folder: a gap
  /// among the names would mean damage.
  private final ArrayDeque<Segment> retired = new ArrayDeque<>();

  /// Whether an append since the last sync has replaced entries. A power loss may bring those back,
  /// so no segment may go before the sync. Guarded by the monitor.
  private boolean replacing;

  /// The highest index that `compactTo` was called with. Guarded by the monitor.
  private long compactionIndex;

  /// Below, the fields of the writing thread.
  private final BatchBuffer batch = new BatchBuffer();

  private final ByteBuffer headerBlock = ByteBuffer.allocateDirect(SegmentHeader.BYTES);

  private HardState hardState;

  /// What the last record or header on disk says.
  private HardState writtenHardState;

  private long nextSegment;

  /// Where the next record goes, and the CRC of the record before it.
  private DiskOffset end = new DiskOffset(0, 0);

  private int endCrc;

  /// Invariant: everything before it is durable; durable ≤ end.
  private DiskOffset durable = new DiskOffset(0, 0);

  private volatile @Nullable DiskFailedException failure;

  /// Whether the folder holds a log, be it damaged.
  public static boolean isIn(SegmentFiles files) {
    return files.names().stream().anyMatch(Segment::isName);
  }

  /// Makes a log that begins behind a position: `LogPosition.ZERO`, or that of a snapshot.
  ///
  /// @param salt a random number, which clients cannot know
  /// @param maintenanceWanted is told, from any thread, that `maintain` has work to do
  public static Log create(
      SegmentFiles files,
      LogOptions options,
      LogIdentity identity,
      long salt,
      LogPosition start,
      Runnable maintenanceWanted) {
    if (isIn(files)) {
      throw new RefusedLogException(
          RefusedLogException.Reason.NOT_OURS, "there is already a log in " + files.path());
    }
    return new Log(files, options, identity, salt, start, maintenanceWanted);
  }

  /// Opens the log of this member and makes durable what it finds.
  ///
  /// @throws DamagedLogException if durable data is missing or altered; nothing has been changed
  /// @throws RefusedLogException if the log is another member's or a newer program's
  public static Log open(
      SegmentFiles files, LogOptions options, LogIdentity identity, Runnable maintenanceWanted) {
    return new Log(new Recovery(files, options, identity), files, options, maintenanceWanted);
  }

  private Log(
      SegmentFiles files,
      LogOptions options,
      LogIdentity identity,
      long salt,
      LogPosition start,
      Runnable maintenanceWanted) {
    this.files = files;
    this.identity = identity;
    this.salt = salt;
    this.maintenanceWanted = maintenanceWanted;
    pool = new SparePool(files, options);
    contents = new Contents(start, options.recentBytes());
    hardState = atLeast(NOTHING_WRITTEN, start.index());
    writtenHardState = hardState;
    nextSegment = 1;
    recovered = new Recovered(hardState, start, start, Optional.empty());
    beginSegment(0, end, 0, start);
  }

  private Log(
      Recovery recovery, SegmentFiles files, LogOptions options, Runnable maintenanceWanted) {
    this.files = files;
    this.maintenanceWanted = maintenanceWanted;
    SegmentHeader newest = recovery.newestHeader();
    identity = newest.identity();
    salt = newest.salt();
    contents = recovery.contents;
    segments.addAll(recovery.segments);
    hardState = atLeast(recovery.hardState, contents.start().index());
    writtenHardState = hardState;
    nextSegment = recovery.highestNumber() + 1;
    recovered = new Recovered(hardState, contents.start(), contents.last(), recovery.tornTail);
    pool = new SparePool(files, options);
    sealRecovered(recovery, newest);
  }

  /// Begins a new segment behind what was recovered. A process may have been killed before its last
  /// sync, so what was read is not yet durable.
  private void sealRecovered(Recovery recovery, SegmentHeader newest) {
    Segment last = segments.getLast();
    last.file.sync();
    boolean empty = recovery.end.offset() == SegmentHeader.BYTES;
    DiskOffset previous = empty ? newest.previous() : recovery.end;
    int previousCrc = empty ? newest.previousCrc() : recovery.endCrc;
    beginSegment(0, previous, previousCrc, contents.last());
    retired.addAll(recovery.dead());
    if (empty) {
      segments.remove(last);
      retired.add(last);
    }
    cutToContent(previous);
  }

  /// Takes from the file that the new segment follows what lies behind its end: a short file tells
  /// a later start that the segment behind it must be there.
  private void cutToContent(DiskOffset contentEnd) {
    for (Segment segment : segments) {
      if (segment.number == contentEnd.segment()) {
        segment.file.truncate(contentEnd.offset());
      }
    }
  }

  /// What `open` found.
  public Recovered recovered() {
    return recovered;
  }

  public LogIdentity identity() {
    return identity;
  }

  /// Adds entries and the hard state to the next batch. Entries whose first index is not behind the
  /// last one replace everything from there on. Hard state and entries become durable at once,
  /// except that a very large append is written as several records: a power loss may then leave the
  /// hard state with the first part of the entries, as if the append had been a shorter one.
  ///
  /// @param newHardState null if it has not changed
  public void append(List<Entry> entries, @Nullable HardState newHardState) {
    checkUsable();
    if (!entries.isEmpty()) {
      makeRoomFor(entries.getFirst());
    }
    if (newHardState != null) {
      hardState = newHardState;
      beginBatch();
    }
    for (int done = 0; done < entries.size(); ) {
      done = fillBatch(entries, done);
    }
  }

  private void beginBatch() {
    if (!batch.isOpen()) {
      synchronized (monitor) {
        LogPosition last = contents.last();
        batch.begin(last.index() + 1, last.term());
      }
    }
  }

  private void makeRoomFor(Entry first) {
    if (first.index() > lastIndex()) {
      return;
    }
    if (batch.isOpen()) {
      writeBatch();
    }
    synchronized (monitor) {
      Invariant.check(
          first.index() > contents.start().index(),
          "compacted entries cannot be replaced",
          first.index(),
          contents.start().index());
      replacing = true;
      for (Segment segment : segments) {
        segment.firstIndex = Math.min(segment.firstIndex, first.index());
      }
      contents.truncateFrom(first.index(), contents.term(first.index() - 1));
    }
  }

  /// Adds entries until the batch is full (and written) or all are in; returns how many are in.
  private int fillBatch(List<Entry> entries, int from) {
    int done = from;
    beginBatch();
    synchronized (monitor) {
      while (done < entries.size() && !batch.isFull()) {
        Entry entry = entries.get(done++);
        contents.add(entry);
        batch.add(entry);
      }
    }
    if (batch.isFull()) {
      writeBatch();
    }
    return done;
  }

  /// Makes everything appended so far durable.
  ///
  /// @throws DiskFailedException when the disk refuses; the log is unusable from then on, because
  ///   nobody knows what is on the disk
  public void sync() {
    checkUsable();
    if (batch.isOpen()) {
      writeBatch();
    }
    syncActive();
    boolean retiredSome = false;
    synchronized (monitor) {
      if (replacing) {
        replacing = false;
        retiredSome = retireCompacted();
      }
    }
    if (retiredSome) {
      maintenanceWanted.run();
    }
  }

  private void syncActive() {
    if (end.isBehind(durable)) {
      fatal(() -> active().file.sync());
      durable = end;
    }
  }

  private void writeBatch() {
    int bytes = batch.recordBytes();
    long firstIndex = batch.firstIndex();
    boolean holdsEntries = batch.nextIndex() > firstIndex;
    if (active().file.size() - end.offset() < bytes + NEVER_USED_BYTES) {
      roll(bytes);
    }
    HardState atMostLast =
        new HardState(
            hardState.term(), hardState.vote(), Math.min(hardState.commit(), lastIndex()));
    ByteBuffer record = batch.finish(salt, end.segment(), endCrc, durable, atMostLast);
    endCrc = record.getInt(0);
    fatal(() -> active().file.write(end.offset(), record));
    synchronized (monitor) {
      if (holdsEntries) {
        contents.mark(firstIndex, end);
      }
      contents.trimRecent();
    }
    batch.discard();
    writtenHardState = atMostLast;
    end = new DiskOffset(end.segment(), end.offset() + bytes);
  }

  private void roll(int recordBytes) {
    syncActive();
    beginSegment(
        recordBytes, end, endCrc, new LogPosition(batch.previousTerm(), batch.firstIndex() - 1));
    maintenanceWanted.run();
  }

  /// Begins the next segment, with room for a record of that size; the one before it is durable.
  private void beginSegment(
      int recordBytes, DiskOffset previous, int previousCrc, LogPosition start) {
    long number = nextSegment++;
    fatal(() -> {
      SegmentFile file = pool.take(SegmentHeader.BYTES + recordBytes + NEVER_USED_BYTES);
      var header =
          new SegmentHeader(
              number,
              identity,
              salt,
              previous,
              previousCrc,
              start,
              writtenHardState,
              (int) file.size());
      endCrc = header.encode(headerBlock);
      file.write(0, headerBlock);
      file.sync();
      files.rename(file, Segment.name(number));
      files.syncDirectory();
      synchronized (monitor) {
        segments.add(new Segment(number, file, start.index() + 1));
      }
    });
    end = new DiskOffset(number, SegmentHeader.BYTES);
    durable = end;
  }

  private Segment active() {
    return segments.getLast();
  }

  /// Gives up the segments that hold nothing behind the index; `firstIndex` tells how far that
  /// went. The index must be committed, and everything up to it durable in the state machine.
  public void compactTo(long index) {
    boolean retiredSome;
    synchronized (monitor) {
      Invariant.check(
          index <= contents.lastIndex(), "compaction ends in the log", index, contents.lastIndex());
      compactionIndex = Math.max(compactionIndex, index);
      retiredSome = retireCompacted();
    }
    if (retiredSome) {
      maintenanceWanted.run();
    }
  }

  private boolean retireCompacted() {
    int before = retired.size();
    while (!replacing && segments.size() > 1 && secondSegment().firstIndex - 1 <= compactionIndex) {
      retired.add(segments.removeFirst());
    }
    contents.compactTo(segments.getFirst().firstIndex - 1);
    return retired.size() > before;
  }

  private Segment secondSegment() {
    var iterator = segments.iterator();
    iterator.next();
    return iterator.next();
  }

  /// Begins the log anew behind a snapshot that has replaced the state; all entries, also those
  /// appended and not yet synced, are gone. Durable when it returns: after a power loss during the
  /// call, the log is either the old or the new one.
  ///
  /// @param newHardState its commit index is raised to that of the snapshot if it is lower
  public void restart(LogPosition snapshot, HardState newHardState) {
    checkUsable();
    batch.discard();
    hardState = atLeast(newHardState, snapshot.index());
    writtenHardState = new HardState(hardState.term(), hardState.vote(), snapshot.index());
    beginSegment(0, new DiskOffset(0, 0), 0, snapshot);
    synchronized (monitor) {
      replacing = false;
      compactionIndex = 0;
      while (segments.size() > 1) {
        retired.add(segments.removeFirst());
      }
      contents.restart(snapshot);
    }
    maintenanceWanted.run();
  }

  /// Does one bounded step of the work that keeps `append` from waiting: prepares the next segment,
  /// recycles segments that are not needed any more.
  ///
  /// @return whether there is more to do
  /// @throws DiskFullException if there is no room for another segment; the log stays usable, and a
  ///   later call tries again
  public boolean maintain() {
    Segment idle = takeRetired();
    if (idle != null) {
      pool.recycle(idle.file);
      return true;
    }
    try {
      return pool.prepareStep();
    } catch (DiskFullException e) {
      pool.abandonUnfinished();
      throw e;
    } catch (DiskFailedException e) {
      failure = e;
      throw e;
    }
  }

  private @Nullable Segment takeRetired() {
    synchronized (monitor) {
      Segment oldest = retired.peek();
      return oldest != null && oldest.readers == 0 ? retired.poll() : null;
    }
  }

  @Override
  public long firstIndex() {
    synchronized (monitor) {
      return contents.start().index() + 1;
    }
  }

  @Override
  public long lastIndex() {
    synchronized (monitor) {
      return contents.lastIndex();
    }
  }

  @Override
  public long term(long index) {
    synchronized (monitor) {
      return contents.term(index);
    }
  }

  @Override
  public List<Entry> entries(long from, long until, long maxBytes) {
    var entries = new ArrayList<Entry>();
    long left = maxBytes;
    for (long next = from; next < until && (entries.isEmpty() || left > 0); ) {
      List<Entry> more = someEntries(next, until, left);
      if (more.isEmpty()) {
        break;
      }
      for (Entry entry : more) {
        left -= entry.size();
        if (left < 0 && !entries.isEmpty()) {
          return entries;
        }
        entries.add(entry);
      }
      next += more.size();
    }
    return entries;
  }

  /// The entries from memory, or those up to the next mark from disk.
  private List<Entry> someEntries(long from, long until, long maxBytes) {
    Segment segment;
    Contents.Mark mark;
    int limit;
    synchronized (monitor) {
      if (from <= contents.start().index() || from > contents.lastIndex()) {
        return List.of();
      }
      long end = Math.min(until, contents.lastIndex() + 1);
      if (from >= contents.recentFirst()) {
        return contents.recent(from, end, maxBytes);
      }
      mark = contents.markFor(from);
      segment = segment(mark.place().segment());
      segment.readers++;
      limit = (int) segment.file.size();
    }
    try {
      var cursor =
          new RecordCursor(
              segment.file, segment.number, salt, mark.place().offset(), limit, READ_WINDOW_BYTES);
      var reader = new EntryReader(from, Math.min(until, mark.until()), maxBytes);
      List<Entry> entries = reader.read(cursor);
      if (entries.isEmpty()) {
        throw new DamagedLogException(
            segment.file.path(), cursor.offset(), "the record of entry " + from + " is unreadable");
      }
      return entries;
    } finally {
      synchronized (monitor) {
        segment.readers--;
      }
    }
  }

  private Segment segment(long number) {
    for (Segment segment : segments) {
      if (segment.number == number) {
        return segment;
      }
    }
    throw Invariant.unreachable("no segment " + number + " for an entry of the log");
  }

  /// Makes what was appended durable and provably so: a record behind the last one says that the
  /// log was durable up to there, so that later damage is told from a torn tail.
  @Override
  public void close() {
    try {
      if (failure == null) {
        sync();
        append(List.of(), hardState);
        sync();
      }
    } finally {
      pool.close();
      segments.forEach(segment -> segment.file.close());
      retired.forEach(segment -> segment.file.close());
    }
  }

  private void checkUsable() {
    if (failure != null) {
      throw new DiskFailedException("use", files.path(), "its disk has failed before", failure);
    }
  }

  private void fatal(Runnable operation) {
    try {
      operation.run();
    } catch (DiskFailedException e) {
      failure = e;
      throw e;
    }
  }

  private static HardState atLeast(HardState state, long commit) {
    return new HardState(state.term(), state.vote(), Math.max(state.commit(), commit));
  }
}
