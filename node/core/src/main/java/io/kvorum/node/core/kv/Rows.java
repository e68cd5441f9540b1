package io.kvorum.node.core.kv;

import io.kvorum.node.core.Invariant;
import java.util.Arrays;

/// How the rows of the spaces are laid out. It may change only with the store's format version.
///
/// | space | key | value |
/// |---|---|---|
/// | LIVE | user key | mod, sub, create, version, lease as varints; the value |
/// | VERSIONS | escaped user key, 00 00, inverted main (8), inverted sub (4) | create, version, lease as varints; the value. Nothing: a tombstone |
/// | HISTORY | main (8), sub (4) | kind (1); user key |
/// | LEASE | id (8) | granted and remaining seconds as varints |
/// | LEASE_KEYS | id (8), user key | nothing |
/// | META | one letter, name | see `State`, `Removal`, `KeyCounts`, `Accounts` |
/// | V2 | | see `V2Rows` |
///
/// A zero byte of a user key is escaped as 00 FF, so 00 00 ends the key and sorts below every
/// longer one. Inverted revisions put the newest version first: the version at a revision is one
/// seek away.
final class Rows {

  static final byte[] NOTHING = new byte[0];

  private static final int ROW_OVERHEAD = 32;
  private static final int REVISION_BYTES = 12;
  static final int HISTORY_KEY_BYTES = REVISION_BYTES;
  private static final int ESCAPED_ZERO = 0xFF;
  private static final HistoryRow.Kind[] KINDS = HistoryRow.Kind.values();

  /// What a version costs beside its key (in LIVE or VERSIONS, and in HISTORY) and its value:
  /// revisions, counters, and what the store adds.
  private static final int VERSION_OVERHEAD = 64;

  private Rows() {}

  /// The bytes that a version or a tombstone is accounted with, for sizes and quota.
  static long cost(Bytes key, int valueBytes) {
    return 2L * key.length() + valueBytes + VERSION_OVERHEAD;
  }

  static byte[] live(Stored stored) {
    var writer = new ByteWriter(ROW_OVERHEAD + stored.value().length());
    writer.varint(stored.mod()).varint(stored.sub());
    return tail(writer, stored);
  }

  static Stored live(byte[] row) {
    var reader = new ByteReader(row);
    long mod = reader.varint();
    return tail(reader, mod, (int) reader.varint());
  }

  static byte[] version(Stored stored) {
    return tail(new ByteWriter(ROW_OVERHEAD + stored.value().length()), stored);
  }

  static Stored version(byte[] row, long main, int sub) {
    return tail(new ByteReader(row), main, sub);
  }

  static boolean isTombstone(byte[] versionRow) {
    return versionRow.length == 0;
  }

  private static byte[] tail(ByteWriter writer, Stored stored) {
    return writer
        .varint(stored.create())
        .varint(stored.version())
        .varint(stored.lease())
        .raw(stored.value().array())
        .toArray();
  }

  private static Stored tail(ByteReader reader, long main, int sub) {
    return new Stored(main, sub, reader.varint(), reader.varint(), reader.varint(), reader.rest());
  }

  static byte[] versionKey(Bytes key, long main, int sub) {
    return escaped(key, REVISION_BYTES).i64(~main).i32(~sub).toArray();
  }

  /// What all rows of the key in VERSIONS start with, and where they start.
  static byte[] versionsOf(Bytes key) {
    return escaped(key, 0).toArray();
  }

  /// Behind all rows of the key in VERSIONS, and before those of the next key.
  static byte[] versionsAfter(Bytes key) {
    byte[] after = versionsOf(key);
    after[after.length - 1] = 1;
    return after;
  }

  /// The row of the newest version of the key at the revision lies at or behind this place.
  static byte[] versionAt(Bytes key, long revision) {
    return versionKey(key, revision, -1);
  }

  static Bytes userKey(byte[] versionKey) {
    int end = versionKey.length - REVISION_BYTES - 2;
    var key = new byte[end];
    int length = 0;
    for (int i = 0; i < end; i++) {
      key[length++] = versionKey[i];
      if (versionKey[i] == 0) {
        i++;
      }
    }
    return Bytes.wrap(length == end ? key : Arrays.copyOf(key, length));
  }

  /// The length of the user key in a key of VERSIONS that has so many bytes.
  static int userKeyLength(byte[] versionKey, int length) {
    int end = length - REVISION_BYTES - 2;
    int zeroes = 0;
    for (int i = 0; i < end; i++) {
      if (versionKey[i] == 0) {
        zeroes++;
        i++;
      }
    }
    return end - zeroes;
  }

  static long versionMain(byte[] versionKey) {
    return versionMain(versionKey, versionKey.length);
  }

  static long versionMain(byte[] versionKey, int length) {
    return ~new ByteReader(versionKey, length - REVISION_BYTES).i64();
  }

  static int versionSub(byte[] versionKey) {
    return versionSub(versionKey, versionKey.length);
  }

  static int versionSub(byte[] versionKey, int length) {
    return ~new ByteReader(versionKey, length - Integer.BYTES).i32();
  }

  static ByteWriter escaped(Bytes key, int more) {
    byte[] array = key.array();
    var writer = new ByteWriter(array.length + 2 + more);
    int from = 0;
    for (int i = 0; i < array.length; i++) {
      if (array[i] == 0) {
        writer.raw(array, from, i + 1).u8(ESCAPED_ZERO);
        from = i + 1;
      }
    }
    return writer.raw(array, from, array.length).u8(0).u8(0);
  }

  static byte[] historyKey(long main, int sub) {
    return new ByteWriter(REVISION_BYTES).i64(main).i32(sub).toArray();
  }

  static byte[] history(HistoryRow.Kind kind, Bytes key) {
    return new ByteWriter(1 + key.length()).constant(kind).raw(key.array()).toArray();
  }

  /// The kind that the first byte of a row of HISTORY says.
  static HistoryRow.Kind kind(byte first) {
    Invariant.check(first >= 0 && first < KINDS.length, "a kind of change", first, KINDS.length);
    return KINDS[first];
  }

  static HistoryRow history(byte[] key, byte[] row) {
    var place = new ByteReader(key);
    var reader = new ByteReader(row);
    return new HistoryRow(place.i64(), place.i32(), reader.constant(KINDS), reader.rest());
  }

  static byte[] leaseKey(long id) {
    return new ByteWriter(Long.BYTES).i64(id).toArray();
  }

  static byte[] lease(Lease lease) {
    return new ByteWriter(ROW_OVERHEAD)
        .varint(lease.ttlSeconds())
        .varint(lease.remainingSeconds())
        .toArray();
  }

  static Lease lease(byte[] key, byte[] row) {
    var reader = new ByteReader(row);
    var lease = new Lease(new ByteReader(key).i64(), reader.varint(), reader.varint());
    reader.end();
    return lease;
  }

  static byte[] attachment(long lease, Bytes key) {
    return new ByteWriter(Long.BYTES + key.length()).i64(lease).raw(key.array()).toArray();
  }

  static Bytes attachedKey(byte[] attachment) {
    return new ByteReader(attachment, Long.BYTES).rest();
  }

  /// The first place behind everything that starts so; the prefix is not all FF.
  static byte[] behindPrefix(byte[] prefix) {
    for (int i = prefix.length - 1; i >= 0; i--) {
      if (prefix[i] != (byte) 0xFF) {
        byte[] after = Arrays.copyOf(prefix, i + 1);
        after[i]++;
        return after;
      }
    }
    throw Invariant.unreachable("nothing lies behind a prefix of FF");
  }

  static byte[] meta(char letter, byte[] name) {
    return new ByteWriter(1 + name.length).u8(letter).raw(name).toArray();
  }

  static byte[] metaName(byte[] key) {
    return Arrays.copyOfRange(key, 1, key.length);
  }
}
