package io.kvorum.node.core.kv;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Appends numbers and byte strings to a growing array. Fixed-width numbers are big-endian, so that
/// they sort as they count; a varint holds seven bits a byte, the lowest first.
final class ByteWriter {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /// A varint of 64 bits takes ten bytes.
  private static final int MAX_VARINT_BYTES = 10;

  private byte[] buffer;
  private int size;

  ByteWriter(int capacity) {
    buffer = new byte[capacity];
  }

  ByteWriter u8(int value) {
    ensure(1);
    buffer[size++] = (byte) value;
    return this;
  }

  ByteWriter i32(int value) {
    ensure(Integer.BYTES);
    INT.set(buffer, size, value);
    size += Integer.BYTES;
    return this;
  }

  ByteWriter i64(long value) {
    ensure(Long.BYTES);
    LONG.set(buffer, size, value);
    size += Long.BYTES;
    return this;
  }

  ByteWriter varint(long value) {
    ensure(MAX_VARINT_BYTES);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      buffer[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[size++] = (byte) rest;
    return this;
  }

  ByteWriter bool(boolean value) {
    return u8(value ? 1 : 0);
  }

  /// An enum constant by its number; a golden test pins the numbers.
  @SuppressWarnings("EnumOrdinal")
  ByteWriter constant(Enum<?> constant) {
    return u8(constant.ordinal());
  }

  ByteWriter raw(byte[] bytes) {
    return raw(bytes, 0, bytes.length);
  }

  ByteWriter raw(byte[] bytes, int from, int to) {
    ensure(to - from);
    System.arraycopy(bytes, from, buffer, size, to - from);
    size += to - from;
    return this;
  }

  /// A byte string behind its length.
  ByteWriter bytes(Bytes bytes) {
    return varint(bytes.length()).raw(bytes.array());
  }

  ByteWriter text(String text) {
    return bytes(Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  int size() {
    return size;
  }

  byte[] toArray() {
    return size == buffer.length ? buffer : Arrays.copyOf(buffer, size);
  }

  private void ensure(int more) {
    if (buffer.length - size < more) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
    }
  }
}
