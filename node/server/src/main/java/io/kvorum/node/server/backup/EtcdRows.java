package io.kvorum.node.server.backup;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.kvorum.node.core.kv.Alarm;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.HistoryWalk;
import io.kvorum.node.core.kv.Lease;
import io.kvorum.node.core.kv.WalkedChange;
import io.kvorum.node.proto.etcd.AlarmMember;
import io.kvorum.node.proto.etcd.AlarmType;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// How etcd writes what it stores.
///
/// | what | key | value |
/// |---|---|---|
/// | a change | main (8), `_`, sub (8), for a deletion `t` | `mvccpb.KeyValue` |
/// | a lease | id (8) | fields 1 id, 2 seconds granted, 3 seconds left |
/// | an alarm | `etcdserverpb.AlarmMember` | nothing |
final class EtcdRows {

  static final byte[] NOTHING = new byte[0];

  static final int REVISION_BYTES = 17;
  static final int MAX_CHANGE_KEY_BYTES = REVISION_BYTES + 1;

  /// The tags of `mvccpb.KeyValue`, in the order of their fields.
  private static final byte KEY_TAG = 0x0A;

  private static final byte CREATE_TAG = 0x10;
  private static final byte MOD_TAG = 0x18;
  private static final byte VERSION_TAG = 0x20;
  private static final byte VALUE_TAG = 0x2A;
  private static final byte LEASE_TAG = 0x30;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int LEASE_ID = 1;
  private static final int LEASE_GRANTED = 2;
  private static final int LEASE_REMAINING = 3;

  private EtcdRows() {}

  static byte[] number(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  static byte[] revision(long main, long sub) {
    var revision = new byte[REVISION_BYTES];
    writeRevision(main, sub, revision, 0);
    return revision;
  }

  /// The main revision of the key of a change, or of a compact revision.
  static long main(byte[] revision) {
    if ((revision.length != REVISION_BYTES && !isDeletion(revision)) || revision[8] != '_') {
      throw new DamagedBackupException("a revision of %d bytes".formatted(revision.length));
    }
    return ByteBuffer.wrap(revision).getLong();
  }

  private static boolean isDeletion(byte[] key) {
    return key.length == REVISION_BYTES + 1 && key[REVISION_BYTES] == 't';
  }

  static int changeKeyBytes(WalkedChange change) {
    return change.isDeletion() ? REVISION_BYTES + 1 : REVISION_BYTES;
  }

  static void writeChangeKey(WalkedChange change, byte[] into, int at) {
    writeRevision(change.main(), change.sub(), into, at);
    if (change.isDeletion()) {
      into[at + REVISION_BYTES] = 't';
    }
  }

  static void writeRevision(long main, long sub, byte[] into, int at) {
    LONG.set(into, at, main);
    into[at + Long.BYTES] = '_';
    LONG.set(into, at + Long.BYTES + 1, sub);
  }

  /// The length of the change's `mvccpb.KeyValue`. As always in protobuf, fields that are zero or
  /// empty are left out.
  static int changeValueBytes(WalkedChange change) {
    int bytes = fieldBytes(change.keyLength()) + change.keyLength();
    if (change.isDeletion()) {
      return bytes;
    }
    int value = change.valueLength();
    return bytes
        + fieldBytes(change.createRevision())
        + fieldBytes(change.main())
        + fieldBytes(change.version())
        + fieldBytes(value)
        + value
        + fieldBytes(change.lease());
  }

  /// A tag of one byte and a varint, if it is not zero.
  private static int fieldBytes(long number) {
    return number == 0 ? 0 : 1 + CodedOutputStream.computeUInt64SizeNoTag(number);
  }

  static void writeChangeValue(HistoryWalk change, byte[] into, int at) {
    int end = field(KEY_TAG, change.keyLength(), into, at);
    change.copyKey(into, end);
    end += change.keyLength();
    if (change.isDeletion()) {
      return;
    }
    end = field(CREATE_TAG, change.createRevision(), into, end);
    end = field(MOD_TAG, change.main(), into, end);
    end = field(VERSION_TAG, change.version(), into, end);
    end = field(VALUE_TAG, change.valueLength(), into, end);
    change.copyValue(into, end);
    end += change.valueLength();
    field(LEASE_TAG, change.lease(), into, end);
  }

  /// Writes a field unless it is zero.
  ///
  /// @return where the next one begins
  private static int field(byte tag, long number, byte[] into, int at) {
    if (number == 0) {
      return at;
    }
    int next = at;
    into[next++] = tag;
    long rest = number;
    while ((rest & ~0x7FL) != 0) {
      into[next++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    into[next++] = (byte) rest;
    return next;
  }

  static HistoryWalk.Change change(byte[] key, byte[] value) {
    long main = main(key);
    long sub = ByteBuffer.wrap(key).getLong(Long.BYTES + 1);
    if (main < 1 || sub < 0 || sub > Integer.MAX_VALUE) {
      throw new DamagedBackupException("a change at revision %d/%d".formatted(main, sub));
    }
    KeyValue kv = keyValue(value);
    Bytes userKey = bytes(kv.getKey());
    if (isDeletion(key)) {
      return new HistoryWalk.Change(
          (int) sub, true, io.kvorum.node.core.kv.KeyValue.deleted(userKey, main));
    }
    return new HistoryWalk.Change(
        (int) sub,
        false,
        new io.kvorum.node.core.kv.KeyValue(
            userKey,
            kv.getCreateRevision(),
            main,
            kv.getVersion(),
            kv.getLease(),
            bytes(kv.getValue())));
  }

  private static KeyValue keyValue(byte[] value) {
    try {
      return KeyValue.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new DamagedBackupException("a key that cannot be read: " + e.getMessage());
    }
  }

  private static Bytes bytes(ByteString bytes) {
    return Bytes.wrap(bytes.toByteArray());
  }

  static byte[] leaseValue(Lease lease) {
    var bytes = new ByteArrayOutputStream();
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      out.writeInt64(LEASE_ID, lease.id());
      out.writeInt64(LEASE_GRANTED, lease.ttlSeconds());
      if (lease.remainingSeconds() != 0) {
        out.writeInt64(LEASE_REMAINING, lease.remainingSeconds());
      }
      out.flush();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  static Lease lease(byte[] value) {
    long id = 0;
    long granted = 0;
    long remaining = 0;
    try {
      CodedInputStream in = CodedInputStream.newInstance(value);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (tag >>> 3) {
          case LEASE_ID -> id = in.readInt64();
          case LEASE_GRANTED -> granted = in.readInt64();
          case LEASE_REMAINING -> remaining = in.readInt64();
          default -> in.skipField(tag);
        }
      }
    } catch (IOException e) {
      throw new DamagedBackupException("a lease that cannot be read: " + e.getMessage());
    }
    return new Lease(id, granted, remaining);
  }

  static byte[] alarmKey(Alarm alarm) {
    return AlarmMember.newBuilder()
        .setMemberID(alarm.memberId())
        .setAlarm(
            switch (alarm.type()) {
              case NONE -> AlarmType.NONE;
              case NO_SPACE -> AlarmType.NOSPACE;
              case CORRUPT -> AlarmType.CORRUPT;
            })
        .build()
        .toByteArray();
  }
}
