package io.kvorum.node.server.backup;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.kvorum.node.core.kv.Alarm;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.HistoryWalk;
import io.kvorum.node.core.kv.Lease;
import io.kvorum.node.proto.etcd.AlarmMember;
import io.kvorum.node.proto.etcd.AlarmType;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/// How etcd writes what it stores.
///
/// | what | key | value |
/// |---|---|---|
/// | a change | main (8), `_`, sub (8), for a deletion `t` | `mvccpb.KeyValue` |
/// | a lease | id (8) | fields 1 id, 2 seconds granted, 3 seconds left |
/// | an alarm | `etcdserverpb.AlarmMember` | nothing |
final class EtcdRows {

  static final byte[] NOTHING = new byte[0];

  private static final int REVISION_BYTES = 17;
  private static final int LEASE_ID = 1;
  private static final int LEASE_GRANTED = 2;
  private static final int LEASE_REMAINING = 3;

  private EtcdRows() {}

  static byte[] number(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  static byte[] revision(long main, long sub) {
    return ByteBuffer.allocate(REVISION_BYTES).putLong(main).put((byte) '_').putLong(sub).array();
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

  static byte[] changeKey(HistoryWalk.Change change) {
    byte[] revision = revision(change.main(), change.sub());
    return change.isDeletion()
        ? ByteBuffer.allocate(REVISION_BYTES + 1).put(revision).put((byte) 't').array()
        : revision;
  }

  static byte[] changeValue(HistoryWalk.Change change) {
    var kv = change.current();
    var value = KeyValue.newBuilder().setKey(UnsafeByteOperations.unsafeWrap(kv.key().array()));
    if (!change.isDeletion()) {
      value
          .setCreateRevision(kv.createRevision())
          .setModRevision(kv.modRevision())
          .setVersion(kv.version())
          .setValue(UnsafeByteOperations.unsafeWrap(kv.value().array()))
          .setLease(kv.lease());
    }
    return value.build().toByteArray();
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
