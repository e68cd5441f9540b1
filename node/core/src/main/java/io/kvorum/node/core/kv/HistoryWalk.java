package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.KvStore.Space;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// A walk over everything that a view retains, in the order in which it was written: each version
/// of each key, and the deletions. What a compaction has not yet removed is part of it.
///
/// Values lie in the order of their keys. So some thousand changes are read at once, and their
/// values are looked up in that order: what was written together often lies together, and then a
/// step finds the next one, where a look-up by itself would cost twenty times as much. What is held
/// is bounded by its bytes; values for which there is no room are looked up when it is their turn.
public final class HistoryWalk implements WalkedChange, AutoCloseable {

  /// One change.
  ///
  /// @param sub its place among the changes of its revision
  /// @param isDeletion whether it ended the key, which then is all that is there of `current`
  public record Change(int sub, boolean isDeletion, KeyValue current) {

    public long main() {
      return current.modRevision();
    }
  }

  private static final int MAX_ROWS = 4_096;
  private static final int MIN_ROWS = KvStore.Reader.KEYS_AT_ONCE;
  private static final int FIRST_ROWS = 512;
  private static final int MAX_KEY_BYTES = 1 << 20;
  private static final int MAX_VALUE_BYTES = 4 << 20;

  private final KvStore.Reader reader;
  private final KvStore.Cursor history;
  private final NearSearch live;
  private final NearSearch versions;

  private final byte[] place = new byte[Rows.HISTORY_KEY_BYTES];
  private final RowBuffer keys = new RowBuffer(MAX_KEY_BYTES);
  private final RowBuffer values = new RowBuffer(MAX_VALUE_BYTES);

  /// The changes in hand, in the order of history; the first `count` of them.
  private Slot[] slots = new Slot[0];

  /// Those of them that are looked up.
  private Slot[] wanted = new Slot[0];

  private int count;
  private int at = -1;

  /// How many changes are read at once, and whether that was too many for their values.
  private int rowsAtOnce = FIRST_ROWS;

  private boolean hadNoRoom;

  /// A change in hand. Its key and value are parts of the buffers.
  private static final class Slot {
    long main;
    int sub;
    HistoryRow.Kind kind = HistoryRow.Kind.DELETE;
    int keyFrom;
    int keyTo;
    long create;
    long version;
    long lease;
    int valueFrom;
    int valueTo;

    /// Whether its value is still to be looked up.
    boolean isLate;

    /// Where the value stands if it was late.
    byte @Nullable [] lateValue;

    int keyLength() {
      return keyTo - keyFrom;
    }

    /// As a deletion stays.
    void clear() {
      create = 0;
      version = 0;
      lease = 0;
      valueFrom = 0;
      valueTo = 0;
    }

    /// Takes over the row that stands in the buffer from where the reader is, up to its end.
    void take(ByteReader row, int end) {
      create = row.varint();
      version = row.varint();
      lease = row.varint();
      valueFrom = row.position();
      valueTo = end;
    }

    void takeLate(Stored stored) {
      create = stored.create();
      version = stored.version();
      lease = stored.lease();
      lateValue = stored.value().array();
      valueFrom = 0;
      valueTo = stored.value().length();
      isLate = false;
    }
  }

  HistoryWalk(KvStore.Reader reader) {
    this.reader = reader;
    history = reader.passing(Space.HISTORY);
    live = new NearSearch(reader.passing(Space.LIVE));
    versions = new NearSearch(reader.passing(Space.VERSIONS));
  }

  /// Moves to the next change; false when there is none.
  public boolean next() {
    if (at >= 0 && at < count) {
      slots[at].lateValue = null;
    }
    at++;
    if (at >= count) {
      readOn();
      at = 0;
    }
    if (at < count && slots[at].isLate) {
      readLate(slots[at]);
    }
    return at < count;
  }

  private void readOn() {
    count = 0;
    keys.cutTo(0);
    values.cutTo(0);
    int puts = 0;
    while (count < rowsAtOnce && keys.used() < MAX_KEY_BYTES && history.next()) {
      Slot slot = slot(count++);
      readPlace(slot);
      if (slot.kind != HistoryRow.Kind.DELETE) {
        wanted[puts++] = slot;
      }
    }
    if (puts > 0) {
      readValues(puts);
    }
  }

  private Slot slot(int index) {
    if (index == slots.length) {
      int length = Math.max(MIN_ROWS, 2 * slots.length);
      slots = Arrays.copyOf(slots, length);
      wanted = Arrays.copyOf(wanted, length);
      for (int i = index; i < length; i++) {
        slots[i] = new Slot();
      }
    }
    return slots[index];
  }

  private void readPlace(Slot slot) {
    int length = history.key(place, 0);
    Invariant.check(length == place.length, "a key of history", length, place.length);
    var key = new ByteReader(place);
    slot.main = key.i64();
    slot.sub = key.i32();
    int from = keys.used();
    keys.addValue(history);
    slot.kind = Rows.kind(keys.array()[from]);
    slot.keyFrom = from + 1;
    slot.keyTo = keys.used();
    slot.clear();
  }

  /// Most are live; the others have been overwritten or deleted since.
  private void readValues(int puts) {
    byte[] array = keys.array();
    Arrays.sort(wanted, 0, puts, newestFirstByKey(array));
    hadNoRoom = false;
    live.beginAnew();
    int older = 0;
    for (int i = 0; i < puts; i++) {
      Slot slot = wanted[i];
      if (!live.find(array, slot.keyFrom, slot.keyTo) || !maybeTakeLive(slot)) {
        wanted[older++] = slot;
      }
    }
    versions.beginAnew();
    for (int i = 0; i < older; i++) {
      takeVersion(wanted[i]);
    }
    rowsAtOnce =
        hadNoRoom ? Math.max(MIN_ROWS, rowsAtOnce / 2) : Math.min(MAX_ROWS, 2 * rowsAtOnce);
  }

  /// The order of VERSIONS, and that of LIVE as far as there is one.
  private static Comparator<Slot> newestFirstByKey(byte[] array) {
    return (a, b) -> {
      int order = Arrays.compareUnsigned(array, a.keyFrom, a.keyTo, array, b.keyFrom, b.keyTo);
      if (order != 0) {
        return order;
      }
      return a.main != b.main ? Long.compare(b.main, a.main) : Integer.compare(b.sub, a.sub);
    };
  }

  /// False if what is live is a later version.
  private boolean maybeTakeLive(Slot slot) {
    int from = values.used();
    if (!values.maybeAddValue(live.row())) {
      postpone(slot);
      return true;
    }
    var row = new ByteReader(values.array(), from);
    if (row.varint() != slot.main || row.varint() != slot.sub) {
      values.cutTo(from);
      return false;
    }
    slot.take(row, values.used());
    return true;
  }

  private void takeVersion(Slot slot) {
    byte[] key = Rows.versionKey(keyOf(slot), slot.main, slot.sub);
    if (!versions.find(key, 0, key.length)) {
      throw Invariant.unreachable(
          "history knows a version that is not there: %d, %d".formatted(slot.main, slot.sub));
    }
    int from = values.used();
    if (values.maybeAddValue(versions.row())) {
      slot.take(new ByteReader(values.array(), from), values.used());
    } else {
      postpone(slot);
    }
  }

  private void postpone(Slot slot) {
    slot.isLate = true;
    hadNoRoom = true;
  }

  private void readLate(Slot slot) {
    var row = new HistoryRow(slot.main, slot.sub, slot.kind, keyOf(slot));
    slot.takeLate(EventRead.value(reader, row, reader.get(Space.LIVE, row.key().array())));
  }

  private Bytes keyOf(Slot slot) {
    return Bytes.wrap(Arrays.copyOfRange(keys.array(), slot.keyFrom, slot.keyTo));
  }

  /// The change it stands on.
  public Change change() {
    Slot slot = slots[at];
    Bytes key = keyOf(slot);
    if (isDeletion()) {
      return new Change(slot.sub, true, KeyValue.deleted(key, slot.main));
    }
    Bytes value = Bytes.wrap(Arrays.copyOfRange(valueArray(), slot.valueFrom, slot.valueTo));
    return new Change(
        slot.sub,
        false,
        new KeyValue(key, slot.create, slot.main, slot.version, slot.lease, value));
  }

  private byte[] valueArray() {
    byte[] late = slots[at].lateValue;
    return late == null ? values.array() : late;
  }

  /// Copies its key to a place in the array.
  public void copyKey(byte[] into, int from) {
    System.arraycopy(keys.array(), slots[at].keyFrom, into, from, keyLength());
  }

  /// Copies its value to a place in the array.
  public void copyValue(byte[] into, int from) {
    System.arraycopy(valueArray(), slots[at].valueFrom, into, from, valueLength());
  }

  @Override
  public long main() {
    return slots[at].main;
  }

  @Override
  public int sub() {
    return slots[at].sub;
  }

  @Override
  public boolean isDeletion() {
    return slots[at].kind == HistoryRow.Kind.DELETE;
  }

  @Override
  public long createRevision() {
    return slots[at].create;
  }

  @Override
  public long version() {
    return slots[at].version;
  }

  @Override
  public long lease() {
    return slots[at].lease;
  }

  @Override
  public int keyLength() {
    return slots[at].keyLength();
  }

  @Override
  public int valueLength() {
    return slots[at].valueTo - slots[at].valueFrom;
  }

  @Override
  public void close() {
    history.close();
    live.close();
    versions.close();
  }
}
