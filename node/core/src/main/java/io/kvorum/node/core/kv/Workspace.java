package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.KvStore.Space;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The state in the middle of a batch: the store, and over it what the batch has changed so far.
///
/// As a keyspace it shows the newest state, so each command sees those before it. LIVE rows are
/// held back and written once at the end, however often a key was changed; rows that nobody reads
/// within a batch (VERSIONS, HISTORY, LEASE_KEYS) go straight into the store's batch. A command
/// that does need to read those asks for `commit` first.
///
/// What it holds stays within its bounds as long as its user commits once it `isFull`.
final class Workspace implements Keyspace {

  /// What the batch knows of a key.
  private static final class Cell {
    @Nullable Stored current;
    boolean changed;

    /// The revision of the last change in this batch, and the version that lived before it.
    long changedAt;

    @Nullable Stored before;

    Cell(@Nullable Stored current) {
      this.current = current;
    }

    void set(@Nullable Stored next, long main) {
      if (!changed || changedAt != main) {
        before = current;
        changedAt = main;
      }
      current = next;
      changed = true;
    }
  }

  /// What a key in `cells` takes beside its bytes.
  private static final long CELL_BYTES = 160;

  private static final long MAX_PREFETCHED_BYTES = 4 << 20;

  private final KvStore store;
  private final ApplyBounds bounds;
  private final TreeMap<Bytes, Cell> cells = new TreeMap<>();
  private final Map<Long, Optional<Lease>> leases = new HashMap<>();
  private final KeyCounts.Edit counts;
  private final V2Overlay v2;
  private KvStore.Batch batch;
  private long bytesAdded;
  private boolean attachmentsChanged;

  /// Null once there were too many to hold.
  private @Nullable List<Event> events = new ArrayList<>();

  private long eventBytes;

  /// The bytes of rows in `cells`: of those read and of those held back.
  private long readBytes;

  private long heldBytes;

  /// Whether a part of the entry under way is in the store.
  private boolean isInParts;

  /// The counts of what the store itself holds.
  private KeyCounts committed;

  Workspace(KvStore store, KeyCounts counts, long bytesAdded, ApplyBounds bounds) {
    this.store = store;
    this.bounds = bounds;
    this.counts = new KeyCounts.Edit(counts);
    this.bytesAdded = bytesAdded;
    committed = counts;
    batch = store.newBatch();
    v2 = new V2Overlay(store);
  }

  ApplyBounds bounds() {
    return bounds;
  }

  /// Null if there are too many to hold.
  @Nullable List<Event> events() {
    return events;
  }

  KeyCounts counts() {
    return counts.counts();
  }

  long bytesAdded() {
    return bytesAdded;
  }

  /// Whether it is time to commit.
  boolean isFull() {
    return batch.sizeBytes() + v2.sizeBytes() + readBytes + heldBytes > bounds.writeBytes();
  }

  /// Writes a part of an entry that is too wide for one write; the state is that before the entry.
  void commitPart(State state, Unfinished entry) {
    entry.write(batch);
    isInParts = true;
    events = null;
    commit(state);
  }

  /// Goes on with an entry of which an earlier life wrote a part.
  void resumeParts() {
    isInParts = true;
    events = null;
  }

  /// The entry under way is whole with the next commit.
  void endEntry() {
    if (isInParts) {
      Unfinished.delete(batch);
      isInParts = false;
    }
  }

  /// Writes everything collected so far, which leads to the state, and goes on from there.
  void commit(State state) {
    for (Map.Entry<Bytes, Cell> entry : cells.entrySet()) {
      Cell cell = entry.getValue();
      if (cell.changed) {
        writeLive(entry.getKey(), cell.current);
      }
    }
    v2.drainTo(batch);
    committed = counts.write(batch, this);
    state.withBytesAdded(bytesAdded).write(batch);
    store.write(batch);
    batch = store.newBatch();
    attachmentsChanged = false;
    cells.clear();
    readBytes = 0;
    heldBytes = 0;
  }

  private void writeLive(Bytes key, @Nullable Stored current) {
    if (current == null) {
      batch.delete(Space.LIVE, key.array());
    } else {
      batch.put(Space.LIVE, key.array(), Rows.live(current));
    }
  }

  /// Reads the first of the keys in few goes, so that later looks at them cost nothing; returns how
  /// many. It stops where their values become long.
  int prefetch(List<byte[]> keys) {
    long bytes = 0;
    int read = 0;
    while (read < keys.size() && bytes < MAX_PREFETCHED_BYTES) {
      List<byte[]> some =
          keys.subList(read, Math.min(keys.size(), read + KvStore.Reader.KEYS_AT_ONCE));
      List<byte @Nullable []> rows = store.latest().multiGet(Space.LIVE, some);
      for (int i = 0; i < some.size(); i++) {
        byte[] row = rows.get(i);
        bytes += row == null ? 0 : row.length;
        Bytes key = Bytes.wrap(some.get(i));
        if (!cells.containsKey(key)) {
          remember(key, row == null ? null : Rows.live(row));
        }
      }
      read += some.size();
    }
    return read;
  }

  /// Keeps what a walk has found of a key, so that later looks at it cost nothing.
  void keep(Bytes key, Stored stored) {
    if (!cells.containsKey(key)) {
      remember(key, stored);
    }
  }

  /// What was only read is forgotten when it becomes too much.
  private Cell remember(Bytes key, @Nullable Stored stored) {
    if (readBytes > bounds.writeBytes()) {
      cells.values().removeIf(cell -> !cell.changed);
      readBytes = 0;
    }
    var cell = new Cell(stored);
    cells.put(key, cell);
    readBytes += size(key, stored);
    return cell;
  }

  private static long size(Bytes key, @Nullable Stored stored) {
    return CELL_BYTES + key.length() + (stored == null ? 0 : stored.value().length());
  }

  @Override
  public @Nullable Stored get(Bytes key) {
    return cell(key).current;
  }

  private Cell cell(Bytes key) {
    Cell known = cells.get(key);
    if (known != null) {
      return known;
    }
    byte[] row = store.latest().get(Space.LIVE, key.array());
    return remember(key, row == null ? null : Rows.live(row));
  }

  @Override
  public KeyWalk walk(KeyRange range) {
    KeyWalk live = new PresentKeys(store.latest(), counts.counts()).walk(range);
    Bytes end = range.end();
    NavigableMap<Bytes, Cell> over =
        end == null
            ? cells.tailMap(range.start(), true)
            : cells.subMap(range.start(), true, end, false);
    return new OverlaidWalk(live, over);
  }

  @Override
  public long count(KeyRange range) {
    return counts.counts().count(range, part -> KeyWalk.count(this, part));
  }

  /// The keys as they were at an earlier revision, without anything that is not yet committed.
  Keyspace past(long revision, long current) {
    return new PastKeys(new PresentKeys(store.latest(), committed), revision, current);
  }

  /// Gives a key its next version.
  void put(Bytes key, Stored next) {
    Cell cell = cell(key);
    Stored old = cell.current;
    if (old == null) {
      counts.add(key, 1);
    } else {
      keepVersion(key, old);
    }
    moveLease(key, old == null ? 0 : old.lease(), next.lease());
    HistoryRow.Kind kind = old == null ? HistoryRow.Kind.CREATE : HistoryRow.Kind.UPDATE;
    note(key, next.mod(), next.sub(), kind, next.value().length());
    cell.set(next, next.mod());
    heldBytes += size(key, next);
    KeyValue previous = old == null ? null : previous(key, cell);
    tell(new Event(Event.Kind.PUT, next.of(key), previous));
  }

  private void tell(Event event) {
    if (events == null) {
      return;
    }
    eventBytes += event.bytes();
    if (eventBytes > bounds.eventBytes()) {
      events = null;
    } else {
      events.add(event);
    }
  }

  /// Ends an existing key.
  void delete(Bytes key, long main, int sub) {
    Cell cell = cell(key);
    Stored old = cell.current;
    if (old == null) {
      throw Invariant.unreachable("a key that does not exist is not deleted");
    }
    counts.add(key, -1);
    keepVersion(key, old);
    keepDeletion(key, main, sub);
    moveLease(key, old.lease(), 0);
    cell.set(null, main);
    KeyValue deleted = KeyValue.deleted(key, main);
    heldBytes += size(key, null);
    tell(new Event(Event.Kind.DELETE, deleted, previous(key, cell)));
  }

  /// Notes that a key ended, without what there was of it before.
  void keepDeletion(Bytes key, long main, int sub) {
    batch.put(Space.VERSIONS, Rows.versionKey(key, main, sub), Rows.NOTHING);
    note(key, main, sub, HistoryRow.Kind.DELETE, 0);
  }

  private void keepVersion(Bytes key, Stored old) {
    batch.put(Space.VERSIONS, Rows.versionKey(key, old.mod(), old.sub()), Rows.version(old));
  }

  private void note(Bytes key, long main, int sub, HistoryRow.Kind kind, int valueBytes) {
    batch.put(Space.HISTORY, Rows.historyKey(main, sub), Rows.history(kind, key));
    bytesAdded += Rows.cost(key, valueBytes);
  }

  private void moveLease(Bytes key, long from, long to) {
    if (from == to) {
      return;
    }
    attachmentsChanged = true;
    if (from != 0) {
      batch.delete(Space.LEASE_KEYS, Rows.attachment(from, key));
    }
    if (to != 0) {
      batch.put(Space.LEASE_KEYS, Rows.attachment(to, key), Rows.NOTHING);
    }
  }

  private static @Nullable KeyValue previous(Bytes key, Cell cell) {
    return cell.before == null ? null : cell.before.of(key);
  }

  @Nullable Lease lease(long id) {
    return leases.computeIfAbsent(id, this::readLease).orElse(null);
  }

  private Optional<Lease> readLease(long id) {
    byte[] key = Rows.leaseKey(id);
    byte[] row = store.latest().get(Space.LEASE, key);
    return row == null ? Optional.empty() : Optional.of(Rows.lease(key, row));
  }

  void putLease(Lease lease) {
    leases.put(lease.id(), Optional.of(lease));
    batch.put(Space.LEASE, Rows.leaseKey(lease.id()), Rows.lease(lease));
  }

  void removeLease(long id) {
    leases.put(id, Optional.empty());
    batch.delete(Space.LEASE, Rows.leaseKey(id));
  }

  V2Overlay v2() {
    return v2;
  }

  /// Where a change that nobody reads within the batch goes.
  KvStore.Batch batch() {
    return batch;
  }

  /// Makes the store show which keys have a lease: commits what leads to the state if the batch has
  /// attached or detached any.
  void commitAttachments(State state) {
    if (attachmentsChanged) {
      commit(state);
    }
  }

  /// The first keys of a lease in the store, from one on, sorted.
  List<Bytes> leaseKeys(long id, Bytes from, int limit) {
    return MetaRows.leaseKeys(store.latest(), id, from, limit);
  }

  /// Whether all keys of a lease in the store are such.
  boolean allAttached(long id, Predicate<Bytes> such) {
    return MetaRows.allAttached(store.latest(), id, such);
  }

  void change(RecordChange change) {
    byte[] row = Rows.meta('r', change.name().array());
    Bytes value = change.value();
    if (value == null) {
      batch.delete(Space.META, row);
    } else {
      batch.put(Space.META, row, value.array());
    }
  }

  void raise(Alarm alarm) {
    batch.put(Space.META, MetaRows.alarmRow(alarm), Rows.NOTHING);
  }

  void clear(Alarm alarm) {
    batch.delete(Space.META, MetaRows.alarmRow(alarm));
  }

  /// The store's keys with the changed ones laid over them.
  private static final class OverlaidWalk implements KeyWalk {

    private final KeyWalk live;
    private final Iterator<Map.Entry<Bytes, Cell>> over;
    private @Nullable Bytes liveKey;
    private Map.@Nullable Entry<Bytes, Cell> overEntry;

    /// The key it stands on; without `stored`, `live` stands on it too.
    private @Nullable Bytes key;

    private @Nullable Stored stored;

    OverlaidWalk(KeyWalk live, NavigableMap<Bytes, Cell> over) {
      this.live = live;
      this.over = over.entrySet().iterator();
      stepLive();
      stepOver();
    }

    @Override
    public boolean next() {
      if (key != null && stored == null) {
        stepLive();
      }
      key = null;
      while (liveKey != null || overEntry != null) {
        Bytes fromLive = liveKey;
        Map.Entry<Bytes, Cell> fromOver = overEntry;
        if (fromOver == null || (fromLive != null && fromLive.compareTo(fromOver.getKey()) < 0)) {
          key = fromLive;
          stored = null;
          return true;
        }
        Stored changed = fromOver.getValue().current;
        if (fromLive != null && fromLive.equals(fromOver.getKey())) {
          stepLive();
        }
        stepOver();
        if (changed != null) {
          key = fromOver.getKey();
          stored = changed;
          return true;
        }
      }
      return false;
    }

    @Override
    public Bytes key() {
      if (key == null) {
        throw new IllegalStateException("the walk stands on no key");
      }
      return key;
    }

    @Override
    public Stored stored() {
      return stored == null ? live.stored() : stored;
    }

    @Override
    public void close() {
      live.close();
    }

    private void stepLive() {
      liveKey = live.next() ? live.key() : null;
    }

    private void stepOver() {
      overEntry = null;
      while (over.hasNext() && overEntry == null) {
        Map.Entry<Bytes, Cell> entry = over.next();
        if (entry.getValue().changed) {
          overEntry = entry;
        }
      }
    }
  }
}
