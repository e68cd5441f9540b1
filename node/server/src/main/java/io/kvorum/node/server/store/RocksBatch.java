package io.kvorum.node.server.store;

import io.kvorum.node.core.kv.KvStore;
import io.kvorum.node.core.kv.KvStore.Space;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A batch that is written in RocksDB's own format for batches, the one of its write-ahead log, so
/// that a whole batch crosses into native code at once and not row by row.
///
/// ```
/// sequence number, left 0 (8) | number of changes, little-endian (4) | changes
/// change: tag (1), column family (varint), key (varint length, bytes), for a put also the value
/// ```
final class RocksBatch implements KvStore.Batch {

  private static final VarHandle COUNT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int COUNT_AT = 8;
  private static final int HEADER_BYTES = 12;
  private static final int INITIAL_BYTES = 4_096;
  private static final int MAX_VARINT_BYTES = 5;
  private static final byte TAG_DELETE = 4;
  private static final byte TAG_PUT = 5;

  private final int[] familyIds;
  private byte[] buffer = new byte[INITIAL_BYTES];
  private int size = HEADER_BYTES;
  private int changes;

  /// @param familyIds the column family of each space, by its place in the enum
  RocksBatch(int[] familyIds) {
    this.familyIds = familyIds;
  }

  @Override
  public void put(Space space, byte[] key, byte[] value) {
    head(TAG_PUT, space, key.length + value.length);
    bytes(key);
    bytes(value);
  }

  @Override
  public void delete(Space space, byte[] key) {
    head(TAG_DELETE, space, key.length);
    bytes(key);
  }

  @Override
  public int sizeBytes() {
    return size;
  }

  byte[] serialized() {
    COUNT.set(buffer, COUNT_AT, changes);
    return Arrays.copyOf(buffer, size);
  }

  @SuppressWarnings("EnumOrdinal") // An index into an array that was made in the same order.
  private void head(byte tag, Space space, int content) {
    int needed = 1 + 3 * MAX_VARINT_BYTES + content;
    if (buffer.length - size < needed) {
      buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, size + needed));
    }
    buffer[size++] = tag;
    varint(familyIds[space.ordinal()]);
    changes++;
  }

  private void bytes(byte[] bytes) {
    varint(bytes.length);
    System.arraycopy(bytes, 0, buffer, size, bytes.length);
    size += bytes.length;
  }

  private void varint(int value) {
    int rest = value;
    while ((rest & ~0x7F) != 0) {
      buffer[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[size++] = (byte) rest;
  }
}
