package io.kvorum.node.core.kv;

import io.kvorum.node.core.kv.KvStore.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Reads the small things beside the keys: leases, alarms, named records.
final class MetaRows {

  private static final Alarm.Type[] ALARM_TYPES = Alarm.Type.values();

  private MetaRows() {}

  static byte[] alarmRow(Alarm alarm) {
    var name = new ByteWriter(Long.BYTES + 1).i64(alarm.memberId()).constant(alarm.type());
    return Rows.meta('a', name.toArray());
  }

  /// Sorted by member, then type.
  static List<Alarm> alarms(KvStore.Reader reader) {
    var alarms = new ArrayList<Alarm>();
    byte[] from = Rows.meta('a', Rows.NOTHING);
    try (KvStore.Cursor cursor = reader.cursor(Space.META, from, Rows.behindPrefix(from))) {
      while (cursor.next()) {
        var name = new ByteReader(Rows.metaName(cursor.key()));
        alarms.add(new Alarm(name.i64(), name.constant(ALARM_TYPES)));
      }
    }
    return List.copyOf(alarms);
  }

  static List<NamedRecord> records(KvStore.Reader reader, Bytes prefix) {
    var records = new ArrayList<NamedRecord>();
    byte[] from = Rows.meta('r', prefix.array());
    try (KvStore.Cursor cursor = reader.cursor(Space.META, from, Rows.behindPrefix(from))) {
      while (cursor.next()) {
        Bytes name = Bytes.wrap(Rows.metaName(cursor.key()));
        records.add(new NamedRecord(name, Bytes.wrap(cursor.value())));
      }
    }
    return records;
  }

  /// Sorted by id.
  static List<Lease> leases(KvStore.Reader reader) {
    var leases = new ArrayList<Lease>();
    try (KvStore.Cursor cursor = reader.cursor(Space.LEASE, Rows.NOTHING, null)) {
      while (cursor.next()) {
        leases.add(Rows.lease(cursor.key(), cursor.value()));
      }
    }
    return leases;
  }

  /// The first keys from one on, sorted.
  static List<Bytes> leaseKeys(KvStore.Reader reader, long id, Bytes from, int limit) {
    var keys = new ArrayList<Bytes>();
    try (KvStore.Cursor cursor = attached(reader, id, from)) {
      while (keys.size() < limit && cursor.next()) {
        keys.add(Rows.attachedKey(cursor.key()));
      }
    }
    return keys;
  }

  static boolean allAttached(KvStore.Reader reader, long id, Predicate<Bytes> such) {
    try (KvStore.Cursor cursor = attached(reader, id, Bytes.EMPTY)) {
      while (cursor.next()) {
        if (!such.test(Rows.attachedKey(cursor.key()))) {
          return false;
        }
      }
    }
    return true;
  }

  private static KvStore.Cursor attached(KvStore.Reader reader, long id, Bytes from) {
    byte[] to = id == -1 ? null : Rows.leaseKey(id + 1);
    return reader.cursor(Space.LEASE_KEYS, Rows.attachment(id, from), to);
  }
}
